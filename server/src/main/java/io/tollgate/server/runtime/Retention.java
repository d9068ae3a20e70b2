package io.tollgate.server.runtime;

import io.tollgate.billing.snapshot.HistoryReads;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.result.ResultIterator;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.Update;

/// Forgets rows that nobody else forgets when their time is over. What bounds every other table stands in
/// `docs/operations.md`.
///
/// What is due is found in one pass over each table, however much it is, and deleted by key in transactions of its own.
record Retention(Jdbi jdbi, InstantSource clock) {
    private static final Duration KEPT = Duration.ofDays(HistoryReads.DAYS_KEPT);

    /// Rows of one statement, so that no transaction holds many locks.
    private static final int AT_ONCE = 10_000;

    /// Nothing younger is due, whatever its metric says: a bound that the index by time can use.
    private static final String SNAPSHOTS_BOUND = """
            SELECT :now - make_interval(days => least(:days, coalesce(min(retention_days), :days))) FROM metrics
            """;

    /// Snapshots of metrics that are older than their metric says, or than [#KEPT] where it does not. The last of them
    /// stays where the next one's change is told from it, that is where the change is not stored.
    private static final String SNAPSHOTS = """
            SELECT s.organization_id, s.subject, s.meter, s.window_start::text
            FROM metric_snapshots s
            LEFT JOIN metrics m
                ON m.organization_id = s.organization_id AND m.subject = s.subject AND m.name = s.meter
            WHERE s.window_start < :bound
              AND s.window_start < :now - make_interval(days => coalesce(m.retention_days, :days))
              AND (EXISTS (SELECT FROM metric_snapshots l
                           WHERE l.organization_id = s.organization_id AND l.subject = s.subject AND l.meter = s.meter
                             AND l.window_start > s.window_start
                             AND l.window_start < :now - make_interval(days => coalesce(m.retention_days, :days)))
                   OR (s.metric_type = 'reset'
                       AND NOT EXISTS (SELECT FROM metric_snapshots l
                                       WHERE l.organization_id = s.organization_id AND l.subject = s.subject
                                         AND l.meter = s.meter AND l.window_start > s.window_start
                                         AND l.delta IS NULL)))
            """;

    private static final String FORGET_SNAPSHOTS = """
            DELETE FROM metric_snapshots s
            USING unnest(CAST(:c0 AS text[]), CAST(:c1 AS text[]), CAST(:c2 AS text[]), CAST(:c3 AS timestamptz[]))
                AS due (organization_id, subject, meter, window_start)
            WHERE s.organization_id = due.organization_id AND s.subject = due.subject AND s.meter = due.meter
              AND s.window_start = due.window_start
            """;

    private static final String REJECTED_EVENTS = """
            SELECT event_id, rejected_at::text, log_partition::text, log_offset::text, log_index::text
            FROM rejected_events WHERE rejected_at < :bound
            """;

    // The time is there twice so that partitions of later months are not looked at.
    private static final String FORGET_REJECTED_EVENTS = """
            DELETE FROM rejected_events e
            USING unnest(CAST(:c0 AS text[]), CAST(:c1 AS timestamptz[]), CAST(:c2 AS integer[]),
                         CAST(:c3 AS bigint[]), CAST(:c4 AS integer[]))
                AS due (event_id, rejected_at, log_partition, log_offset, log_index)
            WHERE e.event_id = due.event_id AND e.rejected_at = due.rejected_at AND e.rejected_at < :bound
              AND e.log_partition = due.log_partition AND e.log_offset = due.log_offset
              AND e.log_index = due.log_index
            """;

    private static final String CUTS = """
            DELETE FROM counter_cuts WHERE id IN (
                SELECT id FROM counter_cuts WHERE created_at < :now - make_interval(days => :days)
                ORDER BY created_at LIMIT :most)
            """;

    private static final String INVOICE_RUNS = """
            DELETE FROM invoice_runs WHERE id IN (
                SELECT id FROM invoice_runs WHERE completed_at < :now - make_interval(days => :days) AND scheduled_in IS NULL
                ORDER BY completed_at LIMIT :most)
            """;

    void forgetOld() {
        OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
        forget(SNAPSHOTS, FORGET_SNAPSHOTS, now, snapshotsBound(now));
        forget(REJECTED_EVENTS, FORGET_REJECTED_EVENTS, now, now.minus(KEPT));
        forget(CUTS, now);
        forget(INVOICE_RUNS, now);
    }

    private OffsetDateTime snapshotsBound(OffsetDateTime now) {
        return jdbi.withHandle(handle -> handle.createQuery(SNAPSHOTS_BOUND)
                .bind("now", now)
                .bind("days", (int) KEPT.toDays())
                .mapTo(OffsetDateTime.class)
                .one());
    }

    /// @param due selects keys, each column as text
    /// @param forget deletes the rows with the keys whose columns are the arrays `c0`, `c1` and so on
    private void forget(String due, String forget, OffsetDateTime now, OffsetDateTime bound) {
        jdbi.useTransaction(reading -> {
            try (ResultIterator<List<String>> keys = reading.createQuery(due)
                    .configure(SqlStatements.class, Retention::anyBindings)
                    .bind("now", now)
                    .bind("days", (int) KEPT.toDays())
                    .bind("bound", bound)
                    .setFetchSize(AT_ONCE)
                    .map((row, context) -> texts(row))
                    .iterator()) {
                while (keys.hasNext()) {
                    forget(forget, some(keys), bound);
                }
            }
        });
    }

    /// The statements of a table need not use all that they are given.
    private static void anyBindings(SqlStatements config) {
        config.setUnusedBindingAllowed(true);
    }

    private static List<String> texts(ResultSet row) throws SQLException {
        List<String> texts = new ArrayList<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            texts.add(row.getString(i));
        }
        return texts;
    }

    private static List<List<String>> some(Iterator<List<String>> keys) {
        List<List<String>> some = new ArrayList<>();
        while (some.size() < AT_ONCE && keys.hasNext()) {
            some.add(keys.next());
        }
        return some;
    }

    // On a connection of its own: a handle of this thread would be the one that reads, and in its transaction.
    private void forget(String forget, List<List<String>> keys, OffsetDateTime bound) {
        try (Handle handle = jdbi.open()) {
            Update delete = handle.createUpdate(forget).configure(SqlStatements.class, Retention::anyBindings);
            for (int i = 0; i < keys.getFirst().size(); i++) {
                int column = i;
                delete.bind("c" + i, keys.stream().map(key -> key.get(column)).toArray(String[]::new));
            }
            delete.bind("bound", bound).execute();
        }
    }

    /// @param some deletes `most` rows that are older than `days`
    private void forget(String some, OffsetDateTime now) {
        int forgotten;
        do {
            forgotten = jdbi.withHandle(handle -> handle.createUpdate(some)
                    .bind("now", now)
                    .bind("days", (int) KEPT.toDays())
                    .bind("most", AT_ONCE)
                    .execute());
        } while (forgotten == AT_ONCE);
    }
}
