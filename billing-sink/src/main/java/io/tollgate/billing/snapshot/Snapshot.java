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
import java.util.Optional;

/// A metric at the end of one window.
///
/// @param delta the window's own change, of a metric that starts anew with each; absent of any other as it is stored:
///     its change is that since the reading before, whatever that is when somebody asks
/// @param flushedAt when the reading was made
public record Snapshot(
        SubjectKey subject,
        MeterKey meter,
        Instant windowStart,
        Instant windowEnd,
        BigDecimal value,
        Optional<BigDecimal> delta,
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
