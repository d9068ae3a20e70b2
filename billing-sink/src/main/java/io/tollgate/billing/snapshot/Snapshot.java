package io.tollgate.billing.snapshot;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.limit.MetricType;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A metric at the end of one window.
///
/// @param delta change since the reading before; of a reset metric the window's own change
/// @param flushedAt when the reading was made
public record Snapshot(
        SubjectKey subject,
        MeterKey meter,
        Instant windowStart,
        Instant windowEnd,
        BigDecimal value,
        BigDecimal delta,
        MetricType metricType,
        Instant flushedAt) {
    private record Key(SubjectKey subject, MeterKey meter, Instant windowStart) {}

    public Snapshot {
        if (!windowStart.isBefore(windowEnd)) {
            throw new IllegalArgumentException("a window ends after it starts");
        }
    }

    /// The last reading of each window in `snapshots`, which are in log order.
    public static List<Snapshot> latest(List<Snapshot> snapshots) {
        Map<Key, Snapshot> last = LinkedHashMap.newLinkedHashMap(snapshots.size());
        for (Snapshot snapshot : snapshots) {
            last.put(new Key(snapshot.subject, snapshot.meter, snapshot.windowStart), snapshot);
        }
        return new ArrayList<>(last.values());
    }
}
