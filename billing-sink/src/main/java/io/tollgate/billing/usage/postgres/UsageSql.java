package io.tollgate.billing.usage.postgres;

import io.tollgate.billing.usage.Coverage;
import io.tollgate.billing.usage.Dimension;
import io.tollgate.billing.usage.LabelledSpan;
import io.tollgate.billing.usage.MetadataFilter;
import io.tollgate.billing.usage.RowKey;
import io.tollgate.billing.usage.Span;
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
import java.util.Set;

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

    /// The subjects of each of `meters` whose usage is added up, up to `most`.
    SqlText subjects(Set<String> meters, int most) {
        String[] names = meters.toArray(String[]::new);
        SqlText sql = new SqlText().add("SELECT meter, subject FROM (SELECT u.meter, u.subject");
        sql.add(fromCounters()).add(" AND u.event_count > 0 AND u.meter = ANY (?)", (Object) names);
        sql.add(subjects());
        sql.add(" UNION ALL SELECT u.meter, u.subject");
        sql.add(fromEvents()).add(ACCEPTED + " AND u.meter = ANY (?)", (Object) names);
        sql.add(subjects()).add(filters(query));
        return sql.add(") AS parts GROUP BY meter, subject LIMIT ?", most);
    }

    /// The quantity of the latest event of each of `rows`, in their order; null where there is none.
    SqlText last(List<RowKey> rows, List<Span> spans) {
        SqlText sql = new SqlText().add("WITH asked AS MATERIALIZED (").add(asked(rows, spans));
        sql.add("), latest AS (");
        sql.add(query.grouping().byMetadata() || !query.filters().isEmpty() ? latestOfEvents() : latestOfHours());
        return sql.add(") SELECT l.quantity FROM asked r LEFT JOIN latest l ON l.n = r.n ORDER BY r.n");
    }

    private SqlText asked(List<RowKey> rows, List<Span> spans) {
        SqlText asked = new SqlText()
                .add(
                        "SELECT * FROM unnest(?::timestamptz[], ?::timestamptz[]",
                        PostgresUsageReads.texts(spans, span -> span.from().toString()),
                        PostgresUsageReads.texts(spans, span -> span.before().toString()));
        StringBuilder columns = new StringBuilder("span_from, span_before");
        for (int i = 0; i < query.grouping().dimensions().size(); i++) {
            int place = i;
            asked.add(", ?", (Object)
                    PostgresUsageReads.texts(rows, row -> row.names().get(place)));
            columns.append(", d").append(i);
        }
        return asked.add(") WITH ORDINALITY AS r (" + columns + ", n)");
    }

    /// Once through the events, of which there are no more than one request may read: counters do not know metadata.
    private SqlText latestOfEvents() {
        SqlText sql = new SqlText()
                .add(
                        "SELECT DISTINCT ON (r.n) r.n, u.quantity FROM asked r JOIN usage_events u"
                                + " ON u.organization_id = ? AND u.occurred_at >= r.span_from"
                                + " AND u.occurred_at < r.span_before AND u.occurred_at >= ? AND u.occurred_at < ?"
                                + ACCEPTED,
                        query.organizationId().value(),
                        query.period().from(),
                        query.period().before());
        sql.add(subjects()).add(meters()).add(filters(query)).add(ofRow());
        return sql.add(" ORDER BY r.n, u.occurred_at DESC, u.log_offset DESC, u.log_index DESC");
    }

    /// Once through the counters, of which there are no more than one request may read, and then the last event of each
    /// counter of the two newest hours of each row. Two, because all events of the newest may be after its span.
    private SqlText latestOfHours() {
        SqlText sql = new SqlText()
                .add(
                        "SELECT DISTINCT ON (h.n) h.n, e.quantity FROM (SELECT r.n, r.span_from, r.span_before,"
                                + " u.subject, u.meter, u.window_start, u.window_end,"
                                + " dense_rank() OVER (PARTITION BY r.n ORDER BY u.window_start DESC) AS place"
                                + " FROM asked r JOIN counters u ON u.organization_id = ? AND u.window_kind = 'HOUR'"
                                + " AND u.event_count > 0 AND u.window_start > r.span_from - interval '1 hour'"
                                + " AND u.window_start < r.span_before"
                                + " AND u.window_start > ?::timestamptz - interval '1 hour' AND u.window_start < ?",
                        query.organizationId().value(),
                        query.period().from(),
                        query.period().before());
        sql.add(subjects()).add(meters()).add(ofRow());
        return sql.add(
                ") AS h CROSS JOIN LATERAL (SELECT u.quantity, u.occurred_at, u.log_offset, u.log_index"
                        + " FROM usage_events u WHERE u.organization_id = ? AND u.subject = h.subject"
                        + " AND u.meter = h.meter AND u.occurred_at >= greatest(h.window_start, h.span_from)"
                        + " AND u.occurred_at < least(h.window_end, h.span_before)"
                        + " AND u.occurred_at >= ? AND u.occurred_at < ?" + ACCEPTED
                        + " ORDER BY u.occurred_at DESC, u.log_offset DESC, u.log_index DESC LIMIT 1) AS e"
                        + " WHERE h.place <= 2"
                        + " ORDER BY h.n, e.occurred_at DESC, e.log_offset DESC, e.log_index DESC",
                query.organizationId().value(),
                query.period().from(),
                query.period().before());
    }

    /// What of a row restricts counters or events `u`, beside its span.
    private SqlText ofRow() {
        SqlText sql = new SqlText();
        List<Dimension> dimensions = query.grouping().dimensions();
        for (int i = 0; i < dimensions.size(); i++) {
            switch (dimensions.get(i)) {
                case Dimension.EventType meter -> sql.add(" AND u.meter = r.d" + i);
                case Dimension.Tenant tenant -> sql.add(" AND u.subject = 'tenant:' || r.d" + i);
                case Dimension.Metadata metadata -> sql.add(" AND " + METADATA_NAME + " = r.d" + i, metadata.key());
                // The span says it.
                case Dimension.Day day -> {}
            }
        }
        return sql;
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
