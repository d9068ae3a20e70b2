package io.tollgate.server.runtime;

import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import org.jdbi.v3.core.Jdbi;

/// Forgets rows that nobody else forgets when their time is over. What bounds every other table stands in
/// `docs/operations.md`.
record Retention(Jdbi jdbi, InstantSource clock) {
    private static final Duration KEPT = Duration.ofDays(400);

    /// Rows of one statement, so that no transaction holds many locks.
    private static final int AT_ONCE = 10_000;

    /// Snapshots of metrics that are older than their metric says, or than [#KEPT] where it does not.
    private static final String SNAPSHOTS = """
            DELETE FROM metric_snapshots WHERE ctid IN (
                SELECT s.ctid FROM metric_snapshots s
                LEFT JOIN metrics m
                    ON m.organization_id = s.organization_id AND m.subject = s.subject AND m.name = s.meter
                WHERE s.window_start < :now - make_interval(days => coalesce(m.retention_days, :days))
                LIMIT :most)
            """;

    // Of a partitioned table ctid alone is not unique. The time is there twice so that partitions of later months are
    // not looked at.
    private static final String REJECTED_EVENTS = """
            DELETE FROM rejected_events
            WHERE rejected_at < :now - make_interval(days => :days) AND (tableoid, ctid) IN (
                SELECT tableoid, ctid FROM rejected_events
                WHERE rejected_at < :now - make_interval(days => :days) LIMIT :most)
            """;

    private static final String CUTS = """
            DELETE FROM counter_cuts WHERE id IN (
                SELECT id FROM counter_cuts WHERE created_at < :now - make_interval(days => :days)
                ORDER BY created_at LIMIT :most)
            """;

    void forgetOld() {
        forget(SNAPSHOTS);
        forget(REJECTED_EVENTS);
        forget(CUTS);
    }

    private void forget(String sql) {
        int forgotten;
        do {
            forgotten = jdbi.withHandle(handle -> handle.createUpdate(sql)
                    .bind("now", clock.instant().atOffset(ZoneOffset.UTC))
                    .bind("days", (int) KEPT.toDays())
                    .bind("most", AT_ONCE)
                    .execute());
        } while (forgotten == AT_ONCE);
    }
}
