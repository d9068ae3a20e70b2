package io.tollgate.billing.usage;

import io.tollgate.billing.usage.Dimension.Day;
import io.tollgate.billing.usage.Dimension.EventType;
import io.tollgate.billing.usage.Dimension.Tenant;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Usage as it is told: totals by the operation of the meter, and every window of the period, whether or not there was
/// usage in it.
public final class UsageSummaries {
    private final UsageReads reads;
    private final MeterOperations operations;

    public UsageSummaries(UsageReads reads, MeterOperations operations) {
        this.reads = reads;
        this.operations = operations;
    }

    /// What became of a question for usage.
    public sealed interface Summary {
        /// A page.
        ///
        /// @param next the last row of this page; absent if nothing follows
        record Page(List<UsageLine> lines, Optional<RowKey> next) implements Summary {
            public Page {
                lines = List.copyOf(lines);
            }
        }

        /// More would have to be read than one request may, or than can be read in its time.
        record TooMuch(long readMax) implements Summary {}
    }

    public Summary summarize(UsageQuery query) {
        return switch (reads.usage(query.withLimit(query.limit() + 1))) {
            case UsageOutcome.TooMuch tooMuch -> new Summary.TooMuch(tooMuch.readMax());
            case UsageOutcome.Rows found ->
                told(query, found.rows())
                        .<Summary>map(lines -> page(query, lines))
                        .orElseGet(() -> new Summary.TooMuch(UsageReads.READ_MAX));
        };
    }

    private static Summary.Page page(UsageQuery query, List<UsageLine> lines) {
        List<UsageLine> page = query.window()
                .map(size -> filled(query, new WindowSeries(query.period(), size, query.zone()), lines))
                .orElse(lines);
        boolean more = page.size() > query.limit();
        List<UsageLine> shown = more ? page.subList(0, query.limit()) : page;
        return new Summary.Page(shown, more ? Optional.of(shown.getLast().key()) : Optional.empty());
    }

    /// Empty if what their totals follow from is too much to read.
    private Optional<List<UsageLine>> told(UsageQuery query, List<UsageRow> rows) {
        return operationsOf(query, rows)
                .flatMap(operationOfRow ->
                        lastOf(query, rows, operationOfRow).map(last -> told(query, rows, operationOfRow, last)));
    }

    private static List<UsageLine> told(
            UsageQuery query, List<UsageRow> rows, List<Operation> operationOfRow, Map<RowKey, BigDecimal> last) {
        List<UsageLine> lines = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            UsageRow row = rows.get(i);
            Optional<BigDecimal> total = operationOfRow.get(i) == Operation.LAST
                    ? Optional.ofNullable(last.get(row.key()))
                    : row.counted().value(operationOfRow.get(i));
            lines.add(new UsageLine(
                    row.key().names(),
                    windowOf(query, row.key()),
                    total.orElse(BigDecimal.ZERO),
                    row.counted().eventCount()));
        }
        return lines;
    }

    /// A row is about one meter if rows are told apart by it, or if only one is asked for.
    private Optional<List<Operation>> operationsOf(UsageQuery query, List<UsageRow> rows) {
        Optional<String> only =
                query.meters().size() == 1 ? Optional.of(query.meters().getFirst()) : Optional.empty();
        if (!query.grouping().byMeter() && only.isEmpty()) {
            return Optional.of(rows.stream().map(row -> Operation.SUM).toList());
        }
        List<String> meters = rows.stream()
                .map(row -> only.or(() -> query.grouping().nameIn(new EventType(), row.key()))
                        .orElseThrow())
                .toList();
        if (!query.grouping().byTenant() && query.tenants().isEmpty()) {
            return ofAll(query, Set.copyOf(meters))
                    .map(operationOfMeter -> meters.stream()
                            .map(meter -> operationOfMeter.getOrDefault(meter, Operation.SUM))
                            .toList());
        }
        Map<List<String>, Operation> known = new HashMap<>();
        List<Operation> found = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            String meter = meters.get(i);
            List<String> tenants = query.grouping()
                    .nameIn(new Tenant(), rows.get(i).key())
                    .map(List::of)
                    .orElse(query.tenants());
            found.add(known.computeIfAbsent(concat(meter, tenants), key -> ofTenants(query, tenants, meter)));
        }
        return Optional.of(found);
    }

    /// Where nobody is named, whoever used a meter decides: what is defined for one of them says nothing of the others.
    private Optional<Map<String, Operation>> ofAll(UsageQuery query, Set<String> meters) {
        Set<String> notSummed = operations.notSummed(query.organizationId(), meters);
        if (notSummed.isEmpty()) {
            return Optional.of(Map.of());
        }
        return reads.subjects(query, notSummed).map(used -> {
            Map<String, Operation> found = new HashMap<>();
            used.forEach((meter, subjects) -> found.put(meter, ofSubjects(query, subjects.stream(), meter)));
            return found;
        });
    }

    private static List<String> concat(String meter, List<String> tenants) {
        List<String> all = new ArrayList<>(tenants);
        all.add(meter);
        return all;
    }

    private Operation ofTenants(UsageQuery query, List<String> tenants, String meter) {
        return ofSubjects(query, tenants.stream().map(tenant -> SubjectId.tenant(new TenantId(tenant))), meter);
    }

    /// What counts the meter for each of them, else SUM.
    private Operation ofSubjects(UsageQuery query, Stream<SubjectId> subjects, String meter) {
        List<Operation> distinct = subjects.map(
                        subject -> operations.of(new SubjectKey(query.organizationId(), subject), meter))
                .distinct()
                .limit(2)
                .toList();
        return distinct.size() == 1 ? distinct.getFirst() : Operation.SUM;
    }

    private Optional<Map<RowKey, BigDecimal>> lastOf(
            UsageQuery query, List<UsageRow> rows, List<Operation> operationOfRow) {
        List<RowKey> asked = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            if (operationOfRow.get(i) == Operation.LAST) {
                asked.add(rows.get(i).key());
            }
        }
        if (asked.isEmpty()) {
            return Optional.of(Map.of());
        }
        List<Span> spans = asked.stream().map(key -> spanOf(query, key)).toList();
        return reads.last(query, asked, spans).map(answers -> {
            Map<RowKey, BigDecimal> last = new HashMap<>();
            for (int i = 0; i < asked.size(); i++) {
                RowKey key = asked.get(i);
                answers.get(i).ifPresent(quantity -> last.put(key, quantity));
            }
            return last;
        });
    }

    /// The part of the period that a row is about.
    private static Span spanOf(UsageQuery query, RowKey key) {
        Optional<Window> whole = windowOf(query, key)
                .or(() -> query.grouping()
                        .nameIn(new Day(), key)
                        .map(day -> Window.containing(
                                LocalDate.parse(day).atStartOfDay(query.zone()).toInstant(),
                                WindowSize.DAY,
                                query.zone())));
        Span period = query.period();
        return whole.map(window -> new Span(
                        window.start().isAfter(period.from()) ? window.start() : period.from(),
                        window.end().isBefore(period.before()) ? window.end() : period.before()))
                .orElse(period);
    }

    private static Optional<Window> windowOf(UsageQuery query, RowKey key) {
        return query.window().flatMap(size -> key.window().map(start -> Window.containing(start, size, query.zone())));
    }

    /// With a row of nothing for every window without usage, as far as the page goes. Which rows there are is known
    /// from those with usage, from the place where the page begins, and from what is asked for by name.
    static List<UsageLine> filled(UsageQuery query, WindowSeries series, List<UsageLine> lines) {
        int most = query.limit() + 1;
        Map<RowKey, UsageLine> used = lines.stream().collect(Collectors.toMap(UsageLine::key, line -> line));
        Optional<List<String>> begun = query.after().map(RowKey::names);
        TreeSet<List<String>> groups = new TreeSet<>(RowKey.BY_NAMES);
        lines.forEach(line -> groups.add(line.names()));
        groups.addAll(named(query));
        begun.ifPresent(group -> {
            groups.headSet(group, false).clear();
            groups.add(group);
        });
        List<UsageLine> page = new ArrayList<>(Math.min(most, 1_000));
        for (List<String> group : groups) {
            Optional<Instant> from =
                    begun.filter(group::equals).flatMap(same -> query.after().flatMap(RowKey::window));
            for (Iterator<Window> windows = from.map(series::after).orElseGet(series::all); windows.hasNext(); ) {
                if (page.size() == most) {
                    return page;
                }
                Window window = windows.next();
                UsageLine line = used.get(new RowKey(group, Optional.of(window.start())));
                page.add(line == null ? new UsageLine(group, Optional.of(window), BigDecimal.ZERO, 0) : line);
            }
        }
        return page;
    }

    /// The rows that a query asks for by name: there are some if it names something in each dimension.
    private static List<List<String>> named(UsageQuery query) {
        List<List<String>> named = List.of(List.of());
        for (Dimension dimension : query.grouping().dimensions()) {
            List<String> names = switch (dimension) {
                case EventType meter -> query.meters();
                case Tenant tenant -> query.tenants();
                case Day day -> List.of();
                case Dimension.Metadata metadata ->
                    query.filters().stream()
                            .filter(filter -> filter.key().equals(metadata.key()))
                            .flatMap(filter -> filter.values().stream())
                            .map(value -> Dimension.Metadata.PRESENT + value)
                            .toList();
            };
            named = named.stream()
                    .flatMap(before -> names.stream().map(name -> {
                        List<String> longer = new ArrayList<>(before);
                        longer.add(name);
                        return longer;
                    }))
                    .map(List::copyOf)
                    .toList();
        }
        return named;
    }
}
