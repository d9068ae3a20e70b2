package io.tollgate.billing.daily.postgres;

import io.tollgate.billing.daily.Slice;
import io.tollgate.billing.daily.SliceCoverage;
import io.tollgate.billing.daily.SliceUsage;
import io.tollgate.billing.usage.LabelledSpan;
import io.tollgate.billing.usage.Span;
import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.result.ResultIterator;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

/// Usage of slices in PostgreSQL: one statement, whatever there is of tenants, meters and slices.
public final class PostgresSliceUsage implements SliceUsage {
    /// Ten million snapshots take about as long; whoever asks waits in the background.
    private static final int STATEMENT_TIME_MAX_MS = 300_000;

    private static final int ROWS_AT_ONCE = 10_000;

    // Each part is read by its index from the spans, which are few.
    private static final String READ = """
            SELECT tenant_id, meter, slice, sum(quantity) AS quantity, CAST(sum(events) AS bigint) AS events,
                   min(smallest) AS smallest, max(largest) AS largest
            FROM (
                SELECT u.tenant_id, u.event_type AS meter, s.slice, u.total_quantity AS quantity, u.event_count AS events,
                       u.quantity_min AS smallest, u.quantity_max AS largest
                FROM unnest(CAST(:daySlices AS integer[]), CAST(:dayFroms AS timestamptz[]), CAST(:dayBefores AS timestamptz[]))
                    AS s (slice, span_from, span_before)
                JOIN usage_snapshots u ON u.organization_id = :organizationId
                    AND u.snapshot_date >= CAST(s.span_from AT TIME ZONE 'UTC' AS date)
                    AND u.snapshot_date < CAST(s.span_before AT TIME ZONE 'UTC' AS date)
                    AND u.event_type = ANY (CAST(:meters AS text[])) AND %1$s
                UNION ALL
                SELECT substr(u.subject, 8), u.meter, s.slice, u.quantity_sum, u.event_count, u.quantity_min, u.quantity_max
                FROM unnest(CAST(:hourSlices AS integer[]), CAST(:hourFroms AS timestamptz[]), CAST(:hourBefores AS timestamptz[]))
                    AS s (slice, span_from, span_before)
                JOIN counters u ON u.organization_id = :organizationId AND u.window_kind = 'HOUR'
                    AND u.window_start >= s.span_from AND u.window_start < s.span_before
                    AND starts_with(u.subject, 'tenant:')
                    AND u.meter = ANY (CAST(:meters AS text[])) AND %2$s
                UNION ALL
                SELECT u.tenant_id, u.meter, s.slice, u.quantity, 1, u.quantity, u.quantity
                FROM unnest(CAST(:edgeSlices AS integer[]), CAST(:edgeFroms AS timestamptz[]), CAST(:edgeBefores AS timestamptz[]))
                    AS s (slice, span_from, span_before)
                JOIN usage_events u ON u.organization_id = :organizationId AND u.status = 'ACCEPTED'
                    AND u.occurred_at >= s.span_from AND u.occurred_at < s.span_before
                    AND u.occurred_at >= :from AND u.occurred_at < :before
                    AND u.tenant_id IS NOT NULL
                    AND u.meter = ANY (CAST(:meters AS text[])) AND %2$s) AS parts
            GROUP BY tenant_id, meter, slice HAVING sum(events) > 0 ORDER BY tenant_id, meter, slice
            """;

    private static final String LAST = """
            SELECT quantity FROM usage_events
            WHERE organization_id = :organizationId AND subject = 'tenant:' || :tenantId AND meter = :meter
              AND occurred_at >= :from AND occurred_at < :before AND status = 'ACCEPTED'
            ORDER BY occurred_at DESC, log_offset DESC, log_index DESC LIMIT 1
            """;

    private final Jdbi jdbi;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresSliceUsage(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public void read(
            OrganizationId organizationId,
            Collection<String> meters,
            List<Slice> slices,
            Whose whose,
            Consumer<Row> rows) {
        if (slices.isEmpty() || meters.isEmpty() || (whose.tenants().isEmpty() && !whose.others())) {
            return;
        }
        SliceCoverage coverage = SliceCoverage.of(slices);
        String list = whose.others() ? "<> ALL" : "= ANY";
        String sql = READ.formatted(
                "u.tenant_id " + list + " (CAST(:tenants AS text[]))",
                "u.subject " + list + " (CAST(:subjects AS text[]))");
        jdbi.useTransaction(TransactionIsolationLevel.REPEATABLE_READ, handle -> {
            limit(handle);
            try (ResultIterator<Row> found = handle.createQuery(sql)
                    .bind("organizationId", organizationId.value())
                    .bind("meters", meters.toArray(String[]::new))
                    .bind("tenants", texts(whose.tenants(), tenant -> tenant))
                    .bind("subjects", texts(whose.tenants(), tenant -> "tenant:" + tenant))
                    .bindMap(spans("day", coverage.days()))
                    .bindMap(spans("hour", coverage.rest().hours()))
                    .bindMap(spans("edge", coverage.rest().edges()))
                    .bind("from", earliest(slices).atOffset(ZoneOffset.UTC))
                    .bind("before", latest(slices).atOffset(ZoneOffset.UTC))
                    .setFetchSize(ROWS_AT_ONCE)
                    .map((row, context) -> fromRow(row))
                    .iterator()) {
                found.forEachRemaining(rows);
            }
        });
    }

    @Override
    public Optional<BigDecimal> last(OrganizationId organizationId, String tenantId, String meter, Span span) {
        return jdbi.withHandle(handle -> handle.createQuery(LAST)
                .bind("organizationId", organizationId.value())
                .bind("tenantId", tenantId)
                .bind("meter", meter)
                .bind("from", span.from().atOffset(ZoneOffset.UTC))
                .bind("before", span.before().atOffset(ZoneOffset.UTC))
                .mapTo(BigDecimal.class)
                .findOne());
    }

    private static void limit(Handle handle) {
        handle.execute("SET TRANSACTION READ ONLY");
        handle.execute("SET LOCAL statement_timeout = " + STATEMENT_TIME_MAX_MS);
    }

    private static Map<String, Object> spans(String part, List<LabelledSpan> spans) {
        return Map.of(
                part + "Slices", texts(spans, LabelledSpan::label),
                part + "Froms", texts(spans, span -> span.span().from().toString()),
                part + "Befores", texts(spans, span -> span.span().before().toString()));
    }

    private static Instant earliest(List<Slice> slices) {
        return slices.stream()
                .map(slice -> slice.span().from())
                .min(Instant::compareTo)
                .orElseThrow();
    }

    private static Instant latest(List<Slice> slices) {
        return slices.stream()
                .map(slice -> slice.span().before())
                .max(Instant::compareTo)
                .orElseThrow();
    }

    private static Row fromRow(ResultSet row) throws SQLException {
        CounterState counted = new CounterState(
                row.getLong("events"),
                Objects.requireNonNull(row.getBigDecimal("quantity")).setScale(Quantity.SCALE),
                row.getBigDecimal("smallest"),
                row.getBigDecimal("largest"),
                null,
                0,
                0,
                -1);
        return new Row(row.getString("tenant_id"), row.getString("meter"), row.getInt("slice"), counted);
    }

    private static <T> String[] texts(List<T> list, Function<T, String> text) {
        return list.stream().map(text).toArray(String[]::new);
    }
}
