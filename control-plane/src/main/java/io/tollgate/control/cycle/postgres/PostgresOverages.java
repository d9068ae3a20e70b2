package io.tollgate.control.cycle.postgres;

import io.tollgate.contract.UsageReportId;
import io.tollgate.control.cycle.CycleKey;
import io.tollgate.control.cycle.OverageReads;
import io.tollgate.control.cycle.OverageUnits;
import io.tollgate.control.cycle.Overages;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Overage units in PostgreSQL: what a window has and what of it is reported are moved on in one transaction, so that a
/// unit is reported once. A window that has ended is looked at once more, for what was used since the look before.
public final class PostgresOverages implements Overages {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresOverages.class);

    /// How long events of a window may be on their way after its end.
    private static final Duration GRACE = Duration.ofSeconds(60);

    private static final String COLUMNS =
            "organization_id, tenant_id, meter, threshold, look_seconds, window_start, window_end, reported, failures";

    private record Watched(
            CycleKey key,
            BigDecimal threshold,
            Duration every,
            Optional<Instant> start,
            Optional<Instant> end,
            BigDecimal reported,
            int failures) {}

    private final Jdbi jdbi;
    private final OverageReads reads;
    private final PutOff putOff;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresOverages(Jdbi jdbi, OverageReads reads) {
        this.jdbi = jdbi;
        this.reads = reads;
        this.putOff = new PutOff(jdbi, "stripe_overages", "look_at");
    }

    @Override
    public boolean look(Instant now) {
        Optional<Watched> due = jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT " + COLUMNS + " FROM stripe_overages WHERE look_at <= :now ORDER BY look_at LIMIT 1")
                .bind("now", DefinitionChanges.utc(now))
                .map((row, context) -> watched(row))
                .findOne());
        due.ifPresent(watched -> {
            try {
                look(watched, now);
            } catch (RuntimeException | AssertionError e) {
                putOff.row(watched.key(), watched.failures(), now, e);
            }
        });
        return due.isPresent();
    }

    private void look(Watched watched, Instant now) {
        boolean over = watched.end().filter(end -> !end.isAfter(now)).isPresent();
        if (over && watched.end().get().plus(GRACE).isAfter(now)) {
            next(watched, watched.end().get().plus(GRACE));
            return;
        }
        Instant at = over ? watched.end().get().minus(1, ChronoUnit.MICROS) : now;
        Optional<OverageReads.Use> use;
        try {
            use = reads.use(watched.key(), at);
        } catch (OverageReads.UnavailableException e) {
            LOG.debug("The use of {} beyond its limit cannot be read now: {}", watched.key(), e.getMessage());
            next(watched, now.plus(watched.every()));
            return;
        }
        if (use.isEmpty()) {
            // The limit may come back in the same window, whose units are billed once.
            next(watched, now.plus(watched.every()));
            return;
        }
        OverageReads.Use found = use.get();
        Instant stampedAt = (over ? watched.end().get().minusSeconds(1) : now).truncatedTo(ChronoUnit.SECONDS);
        jdbi.useTransaction(handle -> {
            boolean unchanged = handle.createQuery("SELECT " + COLUMNS + " FROM stripe_overages WHERE " + CycleRows.KEY
                            + " FOR UPDATE SKIP LOCKED")
                    .bindMap(CycleRows.key(watched.key()))
                    .map((row, context) -> watched(row))
                    .findOne()
                    .filter(watched::equals)
                    .isPresent();
            // Another instance has looked meanwhile, at the same.
            if (!unchanged) {
                return;
            }
            BigDecimal reported = report(handle, watched, found, stampedAt, now);
            handle.createUpdate(
                            "UPDATE stripe_overages SET window_start = :start, window_end = :end, reported = :reported,"
                                    + " look_at = :next, failures = 0 WHERE " + CycleRows.KEY)
                    .bind("start", over ? null : DefinitionChanges.utc(found.start()))
                    .bind(
                            "end",
                            over
                                    ? null
                                    : found.end().map(DefinitionChanges::utc).orElse(null))
                    .bind("reported", over ? BigDecimal.ZERO : reported)
                    .bind("next", DefinitionChanges.utc(over ? now : now.plus(watched.every())))
                    .bindMap(CycleRows.key(watched.key()))
                    .execute();
        });
    }

    /// Answers how many units of the window are reported now.
    private static BigDecimal report(
            Handle handle, Watched watched, OverageReads.Use use, Instant stampedAt, Instant now) {
        BigDecimal before =
                watched.start().filter(use.start()::equals).isPresent() ? watched.reported() : BigDecimal.ZERO;
        BigDecimal due = OverageUnits.due(use.value(), use.limit(), watched.threshold());
        if (due.compareTo(before) <= 0) {
            return before;
        }
        CycleKey key = watched.key();
        handle.createUpdate("""
                        INSERT INTO stripe_reports
                            (id, organization_id, tenant_id, meter, kind, cycle_start, cycle_end, operation, target, value, carry,
                             units, stamped_at, state, due_at, created_at)
                        SELECT :id, organization_id, tenant_id, meter, 'overage', :start, :end, 'SUM', target, :value, 0,
                               :units, :stampedAt, 'pending', :now, :now
                        FROM stripe_overages WHERE organization_id = :organizationId AND tenant_id = :tenantId AND meter = :meter
                        ON CONFLICT (id) DO NOTHING
                        """)
                .bindMap(CycleRows.key(key))
                .bind(
                        "id",
                        UsageReportId.of(List.of(
                                        key.organizationId().value(),
                                        key.tenantId().value(),
                                        key.meter().value(),
                                        "overage",
                                        use.start().toString(),
                                        due.toPlainString()))
                                .value())
                .bind("start", DefinitionChanges.utc(use.start()))
                .bind("end", DefinitionChanges.utc(use.end().orElse(now)))
                .bind("value", use.value())
                .bind("units", due.subtract(before))
                .bind("stampedAt", DefinitionChanges.utc(stampedAt))
                .bind("now", DefinitionChanges.utc(now))
                .execute();
        return due;
    }

    private void next(Watched watched, Instant at) {
        jdbi.useHandle(handle -> handle.createUpdate(
                        "UPDATE stripe_overages SET look_at = :at, failures = 0 WHERE " + CycleRows.KEY)
                .bind("at", DefinitionChanges.utc(at))
                .bindMap(CycleRows.key(watched.key()))
                .execute());
    }

    private static Watched watched(ResultSet row) throws SQLException {
        return new Watched(
                CycleRows.cycleKey(row),
                row.getBigDecimal("threshold"),
                Duration.ofSeconds(row.getInt("look_seconds")),
                CycleRows.instant(row, "window_start"),
                CycleRows.instant(row, "window_end"),
                row.getBigDecimal("reported"),
                row.getInt("failures"));
    }
}
