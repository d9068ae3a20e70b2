package io.tollgate.server.runtime;

import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import org.jdbi.v3.core.Jdbi;

/// Forgets snapshots of metrics that are older than their metric says, or than [#KEPT] where it does not.
record SnapshotRetention(Jdbi jdbi, InstantSource clock) {
    private static final Duration KEPT = Duration.ofDays(400);

    /// Rows of one statement, so that no transaction holds many locks.
    private static final int AT_ONCE = 10_000;

    void forgetOld() {
        int forgotten;
        do {
            forgotten = jdbi.withHandle(handle -> handle.createUpdate("""
                            DELETE FROM metric_snapshots WHERE ctid IN (
                                SELECT s.ctid FROM metric_snapshots s
                                LEFT JOIN metrics m
                                    ON m.organization_id = s.organization_id AND m.subject = s.subject AND m.name = s.meter
                                WHERE s.window_start < :now - make_interval(days => coalesce(m.retention_days, :days))
                                LIMIT :most)
                            """)
                    .bind("now", clock.instant().atOffset(ZoneOffset.UTC))
                    .bind("days", (int) KEPT.toDays())
                    .bind("most", AT_ONCE)
                    .execute());
        } while (forgotten == AT_ONCE);
    }
}
