package io.tollgate.billing.snapshot.postgres;

import io.tollgate.billing.snapshot.Granularity;
import io.tollgate.billing.snapshot.HistoryQuery;
import io.tollgate.billing.snapshot.HistoryReads;
import io.tollgate.billing.snapshot.Snapshot;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.Operation;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/// Histories from the tables `metric_snapshots` and `counters`.
public final class PostgresHistoryReads implements HistoryReads {
    /// A query beyond it, in milliseconds, would only hold a connection.
    private static final int STATEMENT_TIME_MAX_MS = 20_000;

    private static final String OF_METER = """
             organization_id = :organization AND subject = :subject AND meter = :meter
              AND (CAST(:from AS timestamptz) IS NULL OR window_start >= :from)
              AND (CAST(:before AS timestamptz) IS NULL OR window_start < :before)
              AND (CAST(:after AS timestamptz) IS NULL OR window_start > :after)
            """;

    private static final String KEPT = """
             AND window_start >= :now - make_interval(days => coalesce(
                 (SELECT m.retention_days FROM metrics m
                  WHERE m.organization_id = :organization AND m.subject = :subject AND m.name = :meter), :days))
            """;

    private final Jdbi jdbi;
    private final InstantSource clock;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresHistoryReads(Jdbi jdbi, InstantSource clock) {
        this.jdbi = jdbi;
        this.clock = clock;
    }

    @Override
    public List<Snapshot> history(HistoryQuery query) {
        boolean flush = query.granularity() == Granularity.FLUSH;
        return jdbi.inTransaction(handle -> {
            handle.execute("SET LOCAL statement_timeout = " + STATEMENT_TIME_MAX_MS);
            Query select = handle.createQuery(
                    flush ? flushes() : counters(query.shape().operation()));
            if (flush) {
                select.bind("now", clock.instant().atOffset(ZoneOffset.UTC)).bind("days", DAYS_KEPT);
            } else {
                select.bind("kind", query.granularity().name())
                        .bind("type", query.shape().type().word());
            }
            return select.bind("organization", query.subject().organizationId().value())
                    .bind("subject", query.subject().subject().value())
                    .bind("meter", query.meter().value())
                    .bind("from", utc(query.from()))
                    .bind("before", utc(query.before()))
                    .bind("after", utc(query.after()))
                    .bind("limit", query.limit())
                    .map((row, context) -> fromRow(query, row))
                    .list();
        });
    }

    private static String flushes() {
        return "SELECT window_start, window_end, value, delta, metric_type, flushed_at FROM ("
                + "SELECT window_start, window_end, value, coalesce(delta, value - coalesce((SELECT b.value"
                + " FROM metric_snapshots b WHERE b.organization_id = s.organization_id AND b.subject = s.subject"
                + " AND b.meter = s.meter AND b.window_start < s.window_start"
                + " ORDER BY b.window_start DESC LIMIT 1), 0)) AS delta, metric_type, flushed_at"
                + " FROM metric_snapshots s WHERE" + OF_METER + KEPT + ") AS readings"
                // A reading that says nothing new is no news, but for a metric that starts anew with each window.
                + " WHERE metric_type = 'reset' OR delta <> 0 ORDER BY window_start LIMIT :limit";
    }

    // Usage of a calendar window begins at 0, so its value is also its change.
    private static String counters(Operation operation) {
        return "SELECT window_start, window_end, value, value AS delta, :type AS metric_type, updated_at AS flushed_at"
                + " FROM (SELECT window_start, window_end, updated_at, " + value(operation)
                + " AS value FROM counters c"
                + " WHERE" + OF_METER + " AND window_kind = :kind AND event_count > 0) AS counted"
                + " WHERE value IS NOT NULL ORDER BY window_start LIMIT :limit";
    }

    private static String value(Operation operation) {
        return switch (operation) {
            case SUM -> "quantity_sum";
            case COUNT -> "CAST(event_count AS numeric(38, 6))";
            case AVG -> "round(quantity_sum / event_count, 6)";
            case MIN -> "quantity_min";
            case MAX -> "quantity_max";
            case LAST -> """
                    (SELECT quantity FROM usage_events e
                     WHERE e.organization_id = c.organization_id AND e.subject = c.subject AND e.meter = c.meter
                       AND e.occurred_at >= c.window_start AND e.occurred_at < c.window_end AND e.status = 'ACCEPTED'
                     ORDER BY e.occurred_at DESC, e.log_offset DESC, e.log_index DESC LIMIT 1)
                    """;
        };
    }

    @Override
    public boolean known(SubjectKey subject, MeterKey meter) {
        return jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT EXISTS (SELECT FROM metric_snapshots
                                       WHERE organization_id = :organization AND subject = :subject AND meter = :meter)
                            OR EXISTS (SELECT FROM counters
                                       WHERE organization_id = :organization AND subject = :subject AND meter = :meter)
                        """)
                .bind("organization", subject.organizationId().value())
                .bind("subject", subject.subject().value())
                .bind("meter", meter.value())
                .mapTo(Boolean.class)
                .one());
    }

    private static Snapshot fromRow(HistoryQuery query, ResultSet row) throws SQLException {
        return new Snapshot(
                query.subject(),
                query.meter(),
                instant(row, "window_start"),
                instant(row, "window_end"),
                row.getBigDecimal("value"),
                Optional.of(row.getBigDecimal("delta")),
                MetricType.ofWord(row.getString("metric_type")).orElseThrow(),
                instant(row, "flushed_at"));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable OffsetDateTime utc(Optional<Instant> instant) {
        return instant.map(known -> known.atOffset(ZoneOffset.UTC)).orElse(null);
    }
}
