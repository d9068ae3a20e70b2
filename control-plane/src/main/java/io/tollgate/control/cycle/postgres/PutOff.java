package io.tollgate.control.cycle.postgres;

import io.tollgate.control.cycle.CycleKey;
import io.tollgate.control.cycle.ReportRetries;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import java.time.Instant;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has a row that cannot be worked at wait, so that the others need not. Each failure in succession makes it wait
/// longer.
///
/// @param table with the column `failures`
/// @param dueColumn when a row of it is due
record PutOff(Jdbi jdbi, String table, String dueColumn) {
    private static final Logger LOG = LoggerFactory.getLogger(PutOff.class);

    /// Puts a row off unless somebody else has worked at it meanwhile. Fails where PostgreSQL cannot be reached, as
    /// then no row can be worked at.
    ///
    /// @param failures before this one
    void row(CycleKey key, int failures, Instant now, Throwable failure) {
        Instant next = now.plus(ReportRetries.pause(failures + 1));
        try {
            jdbi.useHandle(handle -> handle.createUpdate("UPDATE " + table + " SET failures = failures + 1, "
                            + dueColumn + " = :next WHERE " + CycleRows.KEY + " AND " + dueColumn + " <= :now")
                    .bindMap(CycleRows.key(key))
                    .bind("next", DefinitionChanges.utc(next))
                    .bind("now", DefinitionChanges.utc(now))
                    .execute());
        } catch (RuntimeException e) {
            e.addSuppressed(failure);
            throw e;
        }
        LOG.warn("One row of {} of {} is put off until {}: {}", table, key.organizationId(), next, failure.toString());
        LOG.debug("The failure in full", failure);
    }
}
