package io.tollgate.billing.usage.http;

import io.tollgate.billing.usage.Dimension;
import io.tollgate.billing.usage.UsageLine;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageSummaries.Summary;
import java.util.ArrayList;
import java.util.List;

/// Usage as a table: the columns are the members of the JSON form.
final class UsageCsv {
    private UsageCsv() {}

    static CsvTable of(UsageQuery query, Summary.Page page) {
        List<Dimension> dimensions = query.grouping().dimensions();
        List<String> head =
                new ArrayList<>(dimensions.stream().map(UsageJson::member).toList());
        if (query.window().isPresent()) {
            head.addAll(List.of("window_start", "window_end"));
        }
        head.addAll(List.of("total_quantity", "event_count"));
        CsvTable table = new CsvTable(head);
        for (UsageLine line : page.lines()) {
            List<Object> cells = new ArrayList<>();
            for (int i = 0; i < dimensions.size(); i++) {
                cells.add(dimensions.get(i).shown(line.names().get(i)).orElse(""));
            }
            line.window().ifPresent(window -> {
                cells.add(window.start().toString());
                cells.add(window.end().toString());
            });
            cells.add(line.total());
            cells.add(line.eventCount());
            table.add(cells.toArray());
        }
        return table;
    }
}
