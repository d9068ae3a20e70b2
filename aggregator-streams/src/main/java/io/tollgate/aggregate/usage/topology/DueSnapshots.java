package io.tollgate.aggregate.usage.topology;

import io.tollgate.contract.SubjectKey;
import io.tollgate.event.MetricSnapshots;
import io.tollgate.event.SnapshotRow;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.metric.MetricSettings;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.quota.store.Counter;
import io.tollgate.quota.store.CounterKey;
import io.tollgate.quota.store.Counters;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;

/// The flush windows of a partition's metrics whose snapshots are still to be written. What is here can always be found
/// again from the counters. Not thread-safe.
final class DueSnapshots {
    /// Rows of one record: a metric of one-second windows written once in 15 minutes fits.
    private static final int ROWS_MAX = 1_000;

    private record Which(String subjectKey, String meter) {}

    private record Written(Instant end, CounterKey key) {}

    private final Metrics metrics;
    private final Counters counters;
    private final int partition;
    private final Map<Which, TreeMap<Instant, Window>> due = new HashMap<>();
    private final PriorityQueue<Written> written = new PriorityQueue<>(Comparator.comparing(Written::end));

    DueSnapshots(Metrics metrics, Counters counters, int partition) {
        this.metrics = metrics;
        this.counters = counters;
        this.partition = partition;
    }

    void add(String subjectKey, String meter, Window window) {
        due.computeIfAbsent(new Which(subjectKey, meter), which -> new TreeMap<>())
                .put(window.start(), window);
    }

    /// The snapshots that are to be written at `now`: of windows that have ended, of each metric once per batch
    /// interval.
    List<MetricSnapshots> take(Instant now) {
        List<MetricSnapshots> taken = new ArrayList<>();
        for (Iterator<Map.Entry<Which, TreeMap<Instant, Window>>> each =
                        due.entrySet().iterator();
                each.hasNext(); ) {
            Map.Entry<Which, TreeMap<Instant, Window>> entry = each.next();
            SubjectKey subjectKey = SubjectKey.ofRecordKey(entry.getKey().subjectKey());
            Optional<MetricSettings> settings = metrics.given(
                    subjectKey.organizationId(),
                    subjectKey.subject(),
                    entry.getKey().meter());
            if (settings.isEmpty()) {
                // Deleted since: its windows are no longer anybody's.
                entry.getValue().values().forEach(window -> forget(entry.getKey(), window));
                each.remove();
                continue;
            }
            takeOf(entry.getKey(), subjectKey, settings.get(), entry.getValue(), now)
                    .ifPresent(taken::add);
            if (entry.getValue().isEmpty()) {
                each.remove();
            }
        }
        return taken;
    }

    private Optional<MetricSnapshots> takeOf(
            Which which,
            SubjectKey subjectKey,
            MetricSettings settings,
            TreeMap<Instant, Window> windows,
            Instant now) {
        Instant batchEnd = Window.flush(now, settings.batchSeconds()).start();
        List<SnapshotRow> rows = new ArrayList<>();
        while (!windows.isEmpty() && rows.size() < ROWS_MAX) {
            Window window = windows.firstEntry().getValue();
            if (window.end().isAfter(batchEnd)) {
                break;
            }
            windows.pollFirstEntry();
            counters.counter(key(which, window)).ifPresent(counter -> rows.add(row(settings, counter)));
            forget(which, window);
        }
        if (rows.isEmpty()) {
            return Optional.empty();
        }
        MetricSnapshots snapshots = new MetricSnapshots();
        snapshots.setOrganizationId(subjectKey.organizationId().value());
        snapshots.setSubject(subjectKey.subject().value());
        snapshots.setMeter(which.meter());
        snapshots.setMetricType(
                switch (settings.type()) {
                    case RESET -> io.tollgate.definition.MetricType.RESET;
                    case CHECKPOINT -> io.tollgate.definition.MetricType.CHECKPOINT;
                    case STRIPE_BILLING -> io.tollgate.definition.MetricType.STRIPE_BILLING;
                });
        snapshots.setFlushedAt(now);
        snapshots.setRows(rows);
        snapshots.setSourcePartition(partition);
        return Optional.of(snapshots);
    }

    private static SnapshotRow row(MetricSettings settings, Counter counter) {
        BigDecimal value = counter.state()
                .valueFrom(settings.initialValue(), settings.operation())
                .setScale(Quantity.SCALE);
        SnapshotRow row = new SnapshotRow();
        row.setWindowStart(counter.window().start());
        row.setWindowEnd(counter.window().end());
        row.setValue(value);
        row.setDelta(
                settings.type() == MetricType.RESET
                        ? value.subtract(settings.initialValue()).setScale(Quantity.SCALE)
                        : null);
        return row;
    }

    private void forget(Which which, Window window) {
        written.add(new Written(window.end(), key(which, window)));
    }

    /// Removes the counters of windows that ended before `end` and are written.
    void forgetWrittenBefore(Instant end) {
        while (!written.isEmpty() && written.peek().end().isBefore(end)) {
            counters.remove(written.remove().key());
        }
    }

    private static CounterKey key(Which which, Window window) {
        return new CounterKey(which.subjectKey(), which.meter(), WindowSize.FLUSH, window.start());
    }
}
