package io.tollgate.billing.usage.postgres;

import io.tollgate.billing.usage.Coverage;
import io.tollgate.billing.usage.Dimension;
import io.tollgate.billing.usage.LabelledSpan;
import io.tollgate.billing.usage.MetadataFilter;
import io.tollgate.billing.usage.RowKey;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageRow;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A query over usage as SQL: counters of whole hours and events of what is left, brought to the same columns and then
/// grouped.
final class UsageSql {
    /// The name of a member of metadata as [Dimension.Metadata] has it. Metadata that PostgreSQL cannot hold as an
    /// object has no members here.
    static final String METADATA_NAME =
            "coalesce('" + Dimension.Metadata.PRESENT + "' || (u.metadata ->> ?), '') COLLATE \"C\"";

    /// What tells when a counter's events were.
    private static final String COUNTER_TIME = "u.window_start";

    private static final String ACCEPTED = " AND u.status = 'ACCEPTED'";

    private static final String TENANT_NAME =
            "CASE WHEN starts_with(u.subject, 'tenant:') THEN substr(u.subject, 8) END COLLATE \"C\"";

    private final UsageQuery query;
    private final Coverage coverage;

    UsageSql(UsageQuery query) {
        this.query = query;
        this.coverage = query.coverage();
    }

    /// Counts the counters and events that are read, whatever is then left out of them, up to `most`. Only what an
    /// index tells restricts them: the time, subjects, and the meter where subjects are named.
    SqlText readAtMost(long most) {
        SqlText byIndex = subjects();
        if (!query.tenants().isEmpty()) {
            byIndex.add(meters());
        }
        SqlText counted = new SqlText().add("SELECT count(*) FROM (SELECT 1 AS one");
        counted.add(fromCounters()).add(byIndex);
        counted.add(" UNION ALL SELECT 1");
        counted.add(fromEvents()).add(byIndex);
        return counted.add(" LIMIT ?) AS read", most);
    }

    /// How many events there are in all.
    SqlText events() {
        SqlText sql = new SqlText().add("SELECT coalesce(sum(events), 0) FROM (SELECT u.event_count AS events");
        sql.add(fromCounters()).add(subjects()).add(meters());
        sql.add(" UNION ALL SELECT 1");
        sql.add(fromEvents()).add(ACCEPTED).add(subjects()).add(meters());
        return sql.add(") AS parts");
    }

    SqlText rows() {
        List<String> key = new ArrayList<>();
        for (int i = 0; i < query.grouping().dimensions().size(); i++) {
            key.add("d" + i);
        }
        List<String> named = List.copyOf(key);
        if (query.window().isPresent()) {
            key.add("window_start");
        }
        String keys = String.join(", ", key);
        SqlText sql = new SqlText()
                .add("SELECT " + keys + ", sum(quantity) AS quantity, sum(events) AS events, min(smallest) AS smallest,"
                        + " max(largest) AS largest FROM (SELECT ");
        columns(sql, COUNTER_TIME);
        sql.add(", u.quantity_sum AS quantity, u.event_count AS events, u.quantity_min AS smallest,"
                + " u.quantity_max AS largest");
        sql.add(fromCounters()).add(subjects()).add(meters());
        sql.add(" UNION ALL SELECT ");
        columns(sql, "u.occurred_at");
        sql.add(", u.quantity, 1, u.quantity, u.quantity");
        sql.add(fromEvents()).add(ACCEPTED).add(subjects()).add(meters()).add(filters(query));
        sql.add(") AS parts WHERE true");
        named.forEach(name -> sql.add(" AND " + name + " IS NOT NULL"));
        query.after().ifPresent(after -> {
            List<Object> values = new ArrayList<>(after.names());
            after.window().ifPresent(values::add);
            sql.add(
                    " AND (" + keys + ") > ("
                            + String.join(
                                    ", ", values.stream().map(value -> "?").toList()) + ")",
                    values.toArray());
        });
        return sql.add(" GROUP BY " + keys + " HAVING sum(events) > 0 ORDER BY " + keys + " LIMIT ?", query.limit());
    }

    UsageRow row(ResultSet row) throws SQLException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < query.grouping().dimensions().size(); i++) {
            names.add(row.getString("d" + i));
        }
        Optional<Instant> window = query.window().isPresent()
                ? Optional.of(
                        row.getObject("window_start", OffsetDateTime.class).toInstant())
                : Optional.empty();
        BigDecimal sum = row.getBigDecimal("quantity").setScale(Quantity.SCALE);
        return new UsageRow(
                new RowKey(names, window),
                new CounterState(
                        row.getLong("events"),
                        sum,
                        row.getBigDecimal("smallest"),
                        row.getBigDecimal("largest"),
                        null,
                        0,
                        0,
                        -1));
    }

    private void columns(SqlText sql, String time) {
        List<Dimension> dimensions = query.grouping().dimensions();
        for (int i = 0; i < dimensions.size(); i++) {
            sql.add(i == 0 ? "" : ", ");
            switch (dimensions.get(i)) {
                case Dimension.EventType meter -> sql.add("u.meter");
                case Dimension.Tenant tenant -> sql.add(TENANT_NAME);
                case Dimension.Day day -> sql.add("s.label COLLATE \"C\"");
                case Dimension.Metadata metadata -> {
                    if (time.equals(COUNTER_TIME)) {
                        // Counters have none, and are not read where it matters.
                        sql.add("NULL::text");
                    } else {
                        sql.add(METADATA_NAME, metadata.key());
                    }
                }
            }
            sql.add(" AS d" + i);
        }
        query.window()
                .ifPresent(size -> sql.add(", "
                        + (switch (size) {
                            case MINUTE, HOUR ->
                                "date_bin('" + (size == WindowSize.MINUTE ? "1 minute" : "1 hour") + "', " + time
                                        + ", '1970-01-01 00:00:00+00')";
                            default -> "s.label::timestamptz";
                        })
                        + " AS window_start"));
    }

    private SqlText fromCounters() {
        return spans(coverage.hours())
                .add(
                        " JOIN counters u ON u.organization_id = ? AND u.window_kind = 'HOUR'"
                                + " AND u.window_start >= s.span_from AND u.window_start < s.span_before",
                        query.organizationId().value());
    }

    private SqlText fromEvents() {
        return spans(coverage.edges())
                // The bounds of all spans, which are known when the plan is made, leave most partitions out of it.
                .add(
                        " JOIN usage_events u ON u.organization_id = ? AND u.occurred_at >= s.span_from AND u.occurred_at < s.span_before"
                                + " AND u.occurred_at >= ? AND u.occurred_at < ?",
                        query.organizationId().value(),
                        query.period().from(),
                        query.period().before());
    }

    private static SqlText spans(List<LabelledSpan> spans) {
        return new SqlText()
                .add(
                        " FROM unnest(?, ?::timestamptz[], ?::timestamptz[]) AS s (label, span_from, span_before)",
                        PostgresUsageReads.texts(spans, LabelledSpan::label),
                        PostgresUsageReads.texts(
                                spans, span -> span.span().from().toString()),
                        PostgresUsageReads.texts(
                                spans, span -> span.span().before().toString()));
    }

    private SqlText subjects() {
        return query.tenants().isEmpty()
                ? new SqlText()
                : new SqlText().add(" AND u.subject = ANY (?)", (Object)
                        PostgresUsageReads.texts(query.tenants(), tenant -> "tenant:" + tenant));
    }

    private SqlText meters() {
        return query.meters().isEmpty()
                ? new SqlText()
                : new SqlText()
                        .add(" AND u.meter = ANY (?)", (Object) query.meters().toArray(String[]::new));
    }

    static SqlText filters(UsageQuery query) {
        SqlText filters = new SqlText();
        for (MetadataFilter filter : query.filters()) {
            filters.add(
                    " AND u.metadata ->> ? = ANY (?)",
                    filter.key(),
                    filter.values().toArray(String[]::new));
        }
        return filters;
    }
}
