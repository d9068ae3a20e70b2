package io.tollgate.billing.divergence.postgres;

import io.tollgate.billing.divergence.HourCounter;
import io.tollgate.billing.divergence.Owned;
import io.tollgate.billing.divergence.Stored;
import io.tollgate.billing.divergence.Stored.StoredCounter;
import io.tollgate.billing.divergence.StoredCounters;
import io.tollgate.billing.divergence.Sum;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;

/// Samples and sums in PostgreSQL. What is read of large tables is a share of their pages, chosen by their size on
/// disk, or of one organization a few stretches of its index, so a comparison costs the same however much is stored.
public final class PostgresStoredCounters implements StoredCounters {
    private static final int STATEMENT_TIME_MAX_MS = 20_000;

    /// More than most rows take, room kept free on their pages included, so that shares are too large rather than too
    /// small.
    private static final int ROW_BYTES = 1_000;

    /// Rows that are looked at for one that is taken: of the counters, one in three is an hour's.
    private static final int ROWS_PER_TAKEN = 4;

    /// Places in the time of one organization from which rows are taken, beside its first.
    static final int STARTS = 9;

    private static final String SHARE = """
            SELECT least(100, 100.0 * :rows * %d / greatest(1, coalesce(sum(pg_relation_size(relid)), 1)))
            FROM pg_partition_tree(CAST(:table AS regclass)) WHERE isleaf
            """.formatted(ROW_BYTES);

    private static final String STORED_OF_ALL = """
            SELECT organization_id, subject, meter, window_start FROM counters TABLESAMPLE SYSTEM (:counters)
            WHERE window_kind = 'HOUR' ORDER BY random() LIMIT :limit
            """;

    private static final String SEEN_OF_ALL = """
            SELECT organization_id, subject, meter, date_bin('1 hour', occurred_at, '1970-01-01 00:00:00+00') AS window_start
            FROM usage_events TABLESAMPLE SYSTEM (:events)
            WHERE status = 'ACCEPTED' ORDER BY random() LIMIT :limit
            """;

    // One organization's rows may lie on few of the pages. Its index has them by time: some are read from its first on,
    // so that all of a small one are seen, and some from places in its time.
    static final String STORED_OF_ONE = """
            SELECT * FROM (
                SELECT DISTINCT c.organization_id, c.subject, c.meter, c.window_start
                FROM (SELECT min(window_start) AS first, max(window_start) AS last FROM counters
                      WHERE organization_id = :only AND window_kind = 'HOUR') AS bounds
                CROSS JOIN LATERAL (
                    SELECT CASE n WHEN 0 THEN first ELSE first + random() * (last - first) END AS start
                    FROM generate_series(0, :starts) AS n) AS places
                CROSS JOIN LATERAL (
                    SELECT organization_id, subject, meter, window_start FROM counters
                    WHERE organization_id = :only AND window_kind = 'HOUR' AND window_start >= places.start
                    ORDER BY window_start LIMIT :limit) AS c) AS stored
            ORDER BY random() LIMIT :limit
            """;

    static final String SEEN_OF_ONE = """
            SELECT * FROM (
                SELECT DISTINCT e.organization_id, e.subject, e.meter, e.window_start
                FROM (SELECT min(occurred_at) AS first, max(occurred_at) AS last FROM usage_events
                      WHERE organization_id = :only) AS bounds
                CROSS JOIN LATERAL (
                    SELECT CASE n WHEN 0 THEN first ELSE first + random() * (last - first) END AS start
                    FROM generate_series(0, :starts) AS n) AS places
                CROSS JOIN LATERAL (
                    SELECT organization_id, subject, meter,
                           date_bin('1 hour', occurred_at, '1970-01-01 00:00:00+00') AS window_start
                    FROM usage_events
                    WHERE organization_id = :only AND status = 'ACCEPTED' AND occurred_at >= places.start
                    ORDER BY occurred_at, event_id LIMIT :limit) AS e) AS seen
            ORDER BY random() LIMIT :limit
            """;

    // Each counter is looked up by its key: a join of the two would rather read all counters.
    private static String sample(String stored, String seen) {
        return "WITH stored AS (" + stored + "), seen AS (" + seen + ")" + """
                SELECT s.organization_id, s.subject, s.meter, s.window_start, coalesce(c.event_count, 0) AS event_count
                FROM (SELECT * FROM stored UNION SELECT * FROM seen) AS s
                LEFT JOIN LATERAL (
                    SELECT c.event_count FROM counters c
                    WHERE c.organization_id = s.organization_id AND c.subject = s.subject AND c.meter = s.meter
                      AND c.window_kind = 'HOUR' AND c.window_start = s.window_start LIMIT 1) AS c ON true
                ORDER BY random() LIMIT :limit
                """;
    }

    private static final String SUMS = """
            SELECT r.n, e.event_count, e.quantity, c.event_count AS counter_count, c.quantity_sum AS counter_quantity,
                   c.source_offset AS counter_offset
            FROM unnest(CAST(:organizations AS text[]), CAST(:subjects AS text[]), CAST(:meters AS text[]),
                        CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]), CAST(:partitions AS integer[]),
                        CAST(:offsets AS bigint[]))
                 WITH ORDINALITY AS r (organization_id, subject, meter, window_start, window_end, log_partition,
                                       log_offset, n)
            CROSS JOIN LATERAL (
                SELECT count(*) AS event_count, coalesce(sum(u.quantity), 0) AS quantity FROM usage_events u
                WHERE u.organization_id = r.organization_id AND u.subject = r.subject AND u.meter = r.meter
                  AND u.occurred_at >= r.window_start AND u.occurred_at < r.window_end
                  AND (u.status = 'ACCEPTED' OR EXISTS (
                      SELECT FROM event_corrections x WHERE x.event_id = u.event_id AND x.log_offset > r.log_offset))
                  AND (u.log_partition <> r.log_partition OR u.log_offset <= r.log_offset)) AS e
            LEFT JOIN LATERAL (
                SELECT c.event_count, c.quantity_sum, c.source_offset FROM counters c
                WHERE c.organization_id = r.organization_id AND c.subject = r.subject AND c.meter = r.meter
                  AND c.window_kind = 'HOUR' AND c.window_start = r.window_start LIMIT 1) AS c ON true
            """;

    private record Sampled(HourCounter counter, long events) {}

    private final Jdbi jdbi;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresStoredCounters(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    private interface Read<T> {
        T from(Handle handle);
    }

    private <T> T inSnapshot(Read<T> read) {
        return jdbi.inTransaction(handle -> {
            handle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
            handle.execute("SET LOCAL statement_timeout = " + STATEMENT_TIME_MAX_MS);
            return read.from(handle);
        });
    }

    @Override
    public List<HourCounter> sample(int limit, Optional<OrganizationId> only) {
        List<Sampled> sampled = inSnapshot(handle -> only.map(one -> ofOne(handle, one))
                .orElseGet(() -> ofAll(handle, limit))
                .bind("limit", limit)
                .map((row, context) -> sampled(row))
                .list());
        List<HourCounter> taken = new ArrayList<>();
        long events = 0;
        for (Sampled one : sampled) {
            if (events + one.events() <= EVENTS_MAX) {
                events += one.events();
                taken.add(one.counter());
            }
        }
        return taken;
    }

    private static Query ofOne(Handle handle, OrganizationId only) {
        return handle.createQuery(sample(STORED_OF_ONE, SEEN_OF_ONE))
                .bind("only", only.value())
                .bind("starts", STARTS);
    }

    private static Query ofAll(Handle handle, int limit) {
        return handle.createQuery(sample(STORED_OF_ALL, SEEN_OF_ALL))
                .bind("counters", share(handle, "counters", limit))
                .bind("events", share(handle, "usage_events", limit));
    }

    /// Percent of the pages.
    private static double share(Handle handle, String table, int limit) {
        return handle.createQuery(SHARE)
                .bind("rows", (long) limit * ROWS_PER_TAKEN)
                .bind("table", table)
                .mapTo(Double.class)
                .one();
    }

    private static Sampled sampled(ResultSet row) throws SQLException {
        return new Sampled(
                new HourCounter(
                        new SubjectKey(
                                new OrganizationId(row.getString("organization_id")),
                                new SubjectId(row.getString("subject"))),
                        row.getString("meter"),
                        row.getObject("window_start", OffsetDateTime.class).toInstant()),
                row.getLong("event_count"));
    }

    @Override
    public Map<HourCounter, Stored> read(Map<HourCounter, Owned> owned) {
        List<HourCounter> counters = List.copyOf(owned.keySet());
        List<Owned> states = counters.stream().map(owned::get).toList();
        Map<HourCounter, Stored> found = new HashMap<>();
        inSnapshot(handle -> handle.createQuery(SUMS)
                .bind(
                        "organizations",
                        texts(counters, one -> one.subject().organizationId().value()))
                .bind("subjects", texts(counters, one -> one.subject().subject().value()))
                .bind("meters", texts(counters, HourCounter::meter))
                .bind("starts", texts(counters, one -> one.start().toString()))
                .bind("ends", texts(counters, one -> one.end().toString()))
                .bind("partitions", states.stream().map(Owned::partition).toArray(Integer[]::new))
                .bind("offsets", states.stream().map(Owned::offset).toArray(Long[]::new))
                .map((row, context) -> found.put(counters.get(row.getInt("n") - 1), stored(row)))
                .list());
        return found;
    }

    private static Stored stored(ResultSet row) throws SQLException {
        long counterCount = row.getLong("counter_count");
        Optional<StoredCounter> counter = row.wasNull()
                ? Optional.empty()
                : Optional.of(new StoredCounter(
                        new Sum(counterCount, row.getBigDecimal("counter_quantity")), row.getLong("counter_offset")));
        return new Stored(new Sum(row.getLong("event_count"), row.getBigDecimal("quantity")), counter);
    }

    private static <T> String[] texts(List<T> list, Function<T, String> text) {
        return list.stream().map(text).toArray(String[]::new);
    }
}
