package io.tollgate.billing.daily.postgres;

import io.tollgate.billing.daily.Cause;
import io.tollgate.billing.daily.DailyRun;
import io.tollgate.billing.daily.DailySnapshot;
import io.tollgate.billing.daily.DailySnapshots;
import io.tollgate.billing.daily.Granularity;
import io.tollgate.billing.daily.SnapshotCursor;
import io.tollgate.billing.daily.SnapshotQuery;
import io.tollgate.billing.usage.postgres.TimePartitions;
import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.jspecify.annotations.Nullable;

/// The table `usage_snapshots`, beside the sink, which keeps it in step with the hour counters.
public final class PostgresDailySnapshots implements DailySnapshots {
    /// Far longer than the hours of a day of the largest organization, or [DailySnapshots#READ_MAX] snapshots, take.
    private static final int STATEMENT_TIME_MAX_MS = 60_000;

    /// Transactions are tried anew when the sink has written the same snapshot meanwhile; it does so at most once per
    /// commit of the aggregator.
    private static final int ATTEMPTS_MAX = 5;

    private static final String SERIALIZATION_FAILURE = "40001";
    private static final String DEADLOCK = "40P01";

    /// The filters of a query on snapshots `s`.
    private static final String MATCHING = """
            s.organization_id = :organizationId
            AND (CAST(:tenants AS text[]) IS NULL OR s.tenant_id = ANY (CAST(:tenants AS text[])))
            AND (CAST(:meters AS text[]) IS NULL OR s.event_type = ANY (CAST(:meters AS text[])))
            AND (CAST(:from AS date) IS NULL OR s.snapshot_date >= :from)
            AND (CAST(:to AS date) IS NULL OR s.snapshot_date <= :to)
            """;

    private static final String DUE = """
            SELECT o.id, (SELECT count(*) FROM tenants t WHERE t.organization_id = o.id) AS tenants,
                   EXISTS (SELECT FROM counters c
                           WHERE c.organization_id = o.id AND c.window_kind = 'HOUR'
                             AND c.window_start >= CAST(:day AS timestamp) AT TIME ZONE 'UTC'
                             AND c.window_start < CAST(CAST(:day AS date) + 1 AS timestamp) AT TIME ZONE 'UTC')
                   OR EXISTS (SELECT FROM usage_snapshots s
                              WHERE s.organization_id = o.id AND s.snapshot_date = :day) AS used
            FROM organizations o WHERE CAST(:only AS text) IS NULL OR o.id = :only ORDER BY o.id
            """;

    // What is right already is not written: nothing is locked that the sink may want.
    private static final String MAKE = """
            WITH counted AS MATERIALIZED (
                SELECT substr(c.subject, 8) AS tenant_id, c.meter AS event_type, sum(c.quantity_sum) AS total_quantity,
                       CAST(sum(c.event_count) AS bigint) AS event_count, min(c.quantity_min) AS quantity_min,
                       max(c.quantity_max) AS quantity_max
                FROM counters c
                WHERE c.organization_id = :organizationId AND c.window_kind = 'HOUR'
                  AND c.window_start >= CAST(:from AS timestamp) AT TIME ZONE 'UTC'
                  AND c.window_start < CAST(CAST(:to AS date) + 1 AS timestamp) AT TIME ZONE 'UTC'
                  AND starts_with(c.subject, 'tenant:')
                  AND (CAST(:tenants AS text[]) IS NULL OR substr(c.subject, 8) = ANY (CAST(:tenants AS text[])))
                  AND (CAST(:meters AS text[]) IS NULL OR c.meter = ANY (CAST(:meters AS text[])))
                GROUP BY c.subject, c.meter HAVING sum(c.event_count) > 0),
            stored AS MATERIALIZED (SELECT s.* FROM usage_snapshots s WHERE %1$s),
            gone AS (
                DELETE FROM usage_snapshots s
                USING stored x
                WHERE s.organization_id = x.organization_id AND s.tenant_id = x.tenant_id
                  AND s.snapshot_date = x.snapshot_date AND s.event_type = x.event_type
                  AND NOT EXISTS (SELECT FROM counted c
                                  WHERE c.tenant_id = x.tenant_id AND c.event_type = x.event_type)
                RETURNING 1),
            written AS (
                INSERT INTO usage_snapshots
                    (organization_id, tenant_id, snapshot_date, event_type, total_quantity, event_count, quantity_min,
                     quantity_max)
                SELECT :organizationId, c.tenant_id, :from, c.event_type, c.total_quantity, c.event_count,
                       c.quantity_min, c.quantity_max
                FROM counted c
                WHERE NOT EXISTS (
                    SELECT FROM stored x
                    WHERE x.tenant_id = c.tenant_id AND x.event_type = c.event_type
                      AND (x.total_quantity, x.event_count, x.quantity_min, x.quantity_max)
                          IS NOT DISTINCT FROM (c.total_quantity, c.event_count, c.quantity_min, c.quantity_max))
                ON CONFLICT (organization_id, tenant_id, snapshot_date, event_type) DO UPDATE SET
                    total_quantity = excluded.total_quantity, event_count = excluded.event_count,
                    quantity_min = excluded.quantity_min, quantity_max = excluded.quantity_max
                RETURNING 1)
            SELECT count(*) AS snapshots, count(DISTINCT c.tenant_id) AS tenants,
                   (SELECT count(*) FROM gone) + (SELECT count(*) FROM written) AS corrected
            FROM counted c
            """.formatted(MATCHING);

    private static final String LAST = """
            WITH asked AS MATERIALIZED (
                SELECT * FROM unnest(CAST(:askedMeters AS text[]), CAST(:askedDays AS date[]), CAST(:askedTenants AS text[]))
                    WITH ORDINALITY AS r (meter, day, tenant_id, n)),
            latest AS (
                SELECT DISTINCT ON (r.n) r.n, e.quantity
                FROM asked r
                JOIN usage_snapshots s
                    ON s.organization_id = :organizationId AND s.snapshot_date = r.day AND s.event_type = r.meter
                    AND s.event_count > 0
                    AND (r.tenant_id IS NULL OR s.tenant_id = r.tenant_id)
                    AND (CAST(:tenants AS text[]) IS NULL OR s.tenant_id = ANY (CAST(:tenants AS text[])))
                CROSS JOIN LATERAL (
                    SELECT u.quantity, u.occurred_at, u.log_offset, u.log_index FROM usage_events u
                    WHERE u.organization_id = :organizationId AND u.subject = 'tenant:' || s.tenant_id
                      AND u.meter = r.meter AND u.status = 'ACCEPTED'
                      AND u.occurred_at >= CAST(r.day AS timestamp) AT TIME ZONE 'UTC'
                      AND u.occurred_at < CAST(r.day + 1 AS timestamp) AT TIME ZONE 'UTC'
                    ORDER BY u.occurred_at DESC, u.log_offset DESC, u.log_index DESC LIMIT 1) e
                ORDER BY r.n, e.occurred_at DESC, e.log_offset DESC, e.log_index DESC)
            SELECT l.quantity FROM asked r LEFT JOIN latest l ON l.n = r.n ORDER BY r.n
            """;

    private final Jdbi jdbi;
    private final SnapshotAudit audit;
    private final TimePartitions years;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresDailySnapshots(Jdbi jdbi, SnapshotAudit audit) {
        this.jdbi = jdbi;
        this.audit = audit;
        this.years = TimePartitions.byYear(jdbi, "usage_snapshots");
    }

    @Override
    public List<Due> due(LocalDate day, Optional<OrganizationId> only) {
        return reading(handle -> handle.createQuery(DUE)
                .bind("day", day)
                .bind("only", only.map(OrganizationId::value).orElse(null))
                .map((row, context) -> new Due(
                        new OrganizationId(row.getString("id")), row.getLong("tenants"), row.getBoolean("used")))
                .list());
    }

    @Override
    public Made make(SnapshotQuery of, LocalDate day, Cause cause) {
        years.ensure(Stream.of(day.atStartOfDay(ZoneOffset.UTC).toInstant()));
        for (int attempt = 1; ; attempt++) {
            try {
                return attempt(of, day, cause);
            } catch (JdbiException e) {
                if (attempt == ATTEMPTS_MAX || !overtaken(e)) {
                    throw e;
                }
            }
        }
    }

    /// Counters and snapshots are read as of one moment. A snapshot that the sink writes after it is newer than what
    /// was
    /// counted here, so writing it fails, and everything is read anew.
    private Made attempt(SnapshotQuery of, LocalDate day, Cause cause) {
        return jdbi.inTransaction(TransactionIsolationLevel.REPEATABLE_READ, handle -> {
            limitTime(handle);
            Made made = bound(handle.createQuery(MAKE), of)
                    .map((row, context) ->
                            new Made(row.getLong("snapshots"), row.getLong("tenants"), row.getLong("corrected")))
                    .one();
            if (made.corrected() > 0 || cause instanceof Cause.Request) {
                audit.made(handle, of.organizationId(), day, made, cause);
            }
            return made;
        });
    }

    private static boolean overtaken(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return SERIALIZATION_FAILURE.equals(sql.getSQLState()) || DEADLOCK.equals(sql.getSQLState());
            }
        }
        return false;
    }

    @Override
    public void ran(DailyRun.Summary summary, Optional<OrganizationId> only, Cause cause) {
        jdbi.useTransaction(handle -> audit.ran(handle, summary, only, cause));
    }

    @Override
    public List<OfTenant> tenants(OrganizationId organizationId, LocalDate day, int most) {
        return reading(handle -> handle.createQuery("""
                        SELECT tenant_id, snapshots,
                               trim_array(meters, greatest(cardinality(meters) - :metersMax, 0)) AS meters
                        FROM (SELECT tenant_id, count(*) AS snapshots,
                                     array_agg(event_type ORDER BY event_type) AS meters
                              FROM usage_snapshots
                              WHERE organization_id = :organizationId AND snapshot_date = :day AND event_count > 0
                              GROUP BY tenant_id ORDER BY tenant_id LIMIT :most) AS of_tenant
                        ORDER BY tenant_id
                        """)
                .bind("metersMax", DailyRun.METERS_MAX)
                .bind("organizationId", organizationId.value())
                .bind("day", day)
                .bind("most", most)
                .map((row, context) -> new OfTenant(
                        organizationId, row.getString("tenant_id"), row.getLong("snapshots"), List.of((String[])
                                row.getArray("meters").getArray())))
                .list());
    }

    @Override
    public List<DailySnapshot> list(SnapshotQuery query, Optional<SnapshotCursor> after, int most) {
        return reading(handle -> bound(handle.createQuery("""
                        SELECT s.snapshot_date, s.tenant_id, s.event_type, s.total_quantity, s.event_count,
                               s.quantity_min, s.quantity_max
                        FROM usage_snapshots s
                        WHERE %s AND s.event_count > 0
                          AND (CAST(:afterDay AS date) IS NULL
                               OR (s.snapshot_date <= :afterDay
                                   AND (s.snapshot_date, s.tenant_id, s.event_type)
                                       < (CAST(:afterDay AS date), :afterTenant, :afterMeter)))
                        ORDER BY s.snapshot_date DESC, s.tenant_id DESC, s.event_type DESC LIMIT :most
                        """.formatted(MATCHING)), query)
                .bind("afterDay", after.map(SnapshotCursor::day).orElse(null))
                .bind("afterTenant", after.map(SnapshotCursor::tenantId).orElse(null))
                .bind("afterMeter", after.map(SnapshotCursor::meter).orElse(null))
                .bind("most", most)
                .map((row, context) -> new DailySnapshot(
                        row.getObject("snapshot_date", LocalDate.class),
                        row.getString("tenant_id"),
                        row.getString("event_type"),
                        counted(row)))
                .list());
    }

    @Override
    public Optional<List<PeriodTotal>> totals(SnapshotQuery query, Granularity granularity, int most) {
        return reading(handle -> {
            long read = bound(
                            handle.createQuery("SELECT count(*) FROM (SELECT 1 FROM usage_snapshots s WHERE " + MATCHING
                                    + " LIMIT " + (READ_MAX + 1) + ") AS read"),
                            query)
                    .mapTo(Long.class)
                    .one();
            if (read > READ_MAX) {
                return Optional.empty();
            }
            return Optional.of(bound(handle.createQuery("""
                            SELECT CAST(date_trunc(:granularity, CAST(s.snapshot_date AS timestamp)) AS date) AS start,
                                   s.event_type, sum(s.total_quantity) AS total_quantity,
                                   CAST(sum(s.event_count) AS bigint) AS event_count,
                                   min(s.quantity_min) AS quantity_min, max(s.quantity_max) AS quantity_max,
                                   max(s.snapshot_date) AS latest
                            FROM usage_snapshots s WHERE %s AND s.event_count > 0
                            GROUP BY 1, s.event_type ORDER BY 1, s.event_type LIMIT :most
                            """.formatted(MATCHING)), query)
                    .bind("granularity", granularity.word())
                    .bind("most", most)
                    .map((row, context) -> new PeriodTotal(
                            row.getObject("start", LocalDate.class),
                            row.getString("event_type"),
                            counted(row),
                            row.getObject("latest", LocalDate.class)))
                    .list());
        });
    }

    @Override
    public Set<String> tenantsOf(SnapshotQuery query, Set<String> meters, int most) {
        SnapshotQuery narrowed = new SnapshotQuery(
                query.organizationId(), query.tenants(), List.copyOf(meters), query.from(), query.to());
        return reading(handle -> new HashSet<>(bound(
                        handle.createQuery("SELECT DISTINCT s.tenant_id FROM usage_snapshots s WHERE " + MATCHING
                                + " AND s.event_count > 0 LIMIT :most"),
                        narrowed)
                .bind("most", most)
                .mapTo(String.class)
                .list()));
    }

    @Override
    public List<Optional<BigDecimal>> last(OrganizationId organizationId, List<LastOf> asked, List<String> tenants) {
        return reading(handle -> handle.createQuery(LAST)
                .bind("organizationId", organizationId.value())
                .bind("askedMeters", texts(asked, LastOf::meter))
                .bind("askedDays", texts(asked, one -> one.day().toString()))
                .bind("askedTenants", texts(asked, one -> one.tenantId().orElse(null)))
                .bind("tenants", tenants.isEmpty() ? null : texts(tenants, text -> text))
                .map((row, context) -> Optional.ofNullable(row.getBigDecimal("quantity")))
                .list());
    }

    private <T> T reading(Function<Handle, T> read) {
        return jdbi.inTransaction(TransactionIsolationLevel.REPEATABLE_READ, handle -> {
            handle.execute("SET TRANSACTION READ ONLY");
            limitTime(handle);
            return read.apply(handle);
        });
    }

    private static void limitTime(Handle handle) {
        handle.execute("SET LOCAL statement_timeout = " + STATEMENT_TIME_MAX_MS);
    }

    private static Query bound(Query statement, SnapshotQuery query) {
        return statement
                .bind("organizationId", query.organizationId().value())
                .bind("tenants", query.tenants().isEmpty() ? null : texts(query.tenants(), text -> text))
                .bind("meters", query.meters().isEmpty() ? null : texts(query.meters(), text -> text))
                .bind("from", query.from().orElse(null))
                .bind("to", query.to().orElse(null));
    }

    private static <T> String[] texts(List<T> list, Function<T, @Nullable String> text) {
        return list.stream().map(text).toArray(String[]::new);
    }

    private static CounterState counted(ResultSet row) throws SQLException {
        return new CounterState(
                row.getLong("event_count"),
                Objects.requireNonNull(row.getBigDecimal("total_quantity")).setScale(Quantity.SCALE),
                row.getBigDecimal("quantity_min"),
                row.getBigDecimal("quantity_max"),
                null,
                0,
                0,
                -1);
    }
}
