package io.tollgate.billing.snapshot.postgres;

import io.tollgate.billing.snapshot.Snapshot;
import io.tollgate.billing.snapshot.SnapshotStore;
import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.WriteOutcome;
import io.tollgate.billing.usage.postgres.PostgresSinkOffsets;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/// The table `metric_snapshots`, as it is written.
public final class PostgresSnapshots implements SnapshotStore {
    private final Jdbi jdbi;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresSnapshots(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    @Override
    public SortedMap<Integer, Long> positions(String topic, Collection<Integer> partitions) {
        return jdbi.inTransaction(handle -> PostgresSinkOffsets.positions(handle.getConnection(), topic, partitions));
    }

    @Override
    public WriteOutcome advance(List<Advance> steps) {
        return store(List.of(), steps);
    }

    @Override
    public WriteOutcome store(List<List<Snapshot>> records, List<Advance> steps) {
        List<Snapshot> latest =
                Snapshot.latest(records.stream().flatMap(List::stream).toList());
        return jdbi.inTransaction(handle -> {
            if (!PostgresSinkOffsets.move(handle.getConnection(), steps)) {
                handle.rollback();
                return new WriteOutcome.Overtaken();
            }
            if (!latest.isEmpty()) {
                upsert(handle, latest);
            }
            return new WriteOutcome.Stored(0);
        });
    }

    // One statement: the driver's batches throw an AssertionError when the connection dies under them.
    private static void upsert(Handle handle, List<Snapshot> snapshots) {
        handle.createUpdate("""
                        INSERT INTO metric_snapshots
                            (organization_id, subject, meter, window_start, window_end, value, delta, metric_type,
                             flushed_at)
                        SELECT o, s, m, ws, we, v, d, t, f
                        FROM unnest(:organizations, :subjects, :meters, CAST(:starts AS timestamptz[]),
                                    CAST(:ends AS timestamptz[]), CAST(:values AS numeric[]),
                                    CAST(:deltas AS numeric[]), :types,
                                    CAST(:flushes AS timestamptz[])) AS row (o, s, m, ws, we, v, d, t, f)
                        ON CONFLICT (organization_id, subject, meter, window_start) DO UPDATE SET
                            window_end = excluded.window_end, value = excluded.value, delta = excluded.delta,
                            metric_type = excluded.metric_type, flushed_at = excluded.flushed_at
                        """)
                .bindArray(
                        "organizations",
                        String.class,
                        all(
                                snapshots,
                                snapshot -> snapshot.subject().organizationId().value()))
                .bindArray(
                        "subjects",
                        String.class,
                        all(snapshots, snapshot -> snapshot.subject().subject().value()))
                .bindArray(
                        "meters",
                        String.class,
                        all(snapshots, snapshot -> snapshot.meter().value()))
                .bindArray(
                        "starts",
                        String.class,
                        all(snapshots, snapshot -> snapshot.windowStart().toString()))
                .bindArray(
                        "ends",
                        String.class,
                        all(snapshots, snapshot -> snapshot.windowEnd().toString()))
                .bindArray(
                        "values",
                        String.class,
                        all(snapshots, snapshot -> snapshot.value().toPlainString()))
                .bindArray(
                        "deltas",
                        String.class,
                        all(
                                snapshots,
                                snapshot -> snapshot.delta()
                                        .map(BigDecimal::toPlainString)
                                        .orElse(null)))
                .bindArray(
                        "types",
                        String.class,
                        all(snapshots, snapshot -> snapshot.metricType().word()))
                .bindArray(
                        "flushes",
                        String.class,
                        all(snapshots, snapshot -> snapshot.flushedAt().toString()))
                .execute();
    }

    private static List<@Nullable String> all(List<Snapshot> snapshots, Function<Snapshot, @Nullable String> part) {
        List<@Nullable String> parts = new ArrayList<>(snapshots.size());
        snapshots.forEach(snapshot -> parts.add(part.apply(snapshot)));
        return parts;
    }
}
