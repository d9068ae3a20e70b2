package io.tollgate.billing.usage;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The value of one counter at one place of the log.
///
/// @param windowKind `HOUR`, `DAY` or `MONTH`
/// @param sourceOffset of the last source record that changed it; of two values the one with the higher is later
public record CounterValue(
        SubjectKey subject,
        MeterKey meter,
        String windowKind,
        Instant windowStart,
        Instant windowEnd,
        long eventCount,
        BigDecimal sum,
        Optional<BigDecimal> min,
        Optional<BigDecimal> max,
        long duplicateCount,
        long rejectedCount,
        int sourcePartition,
        long sourceOffset,
        Instant updatedAt) {
    public CounterValue {
        Storable.total(sum);
        min.ifPresent(Storable::quantity);
        max.ifPresent(Storable::quantity);
        Storable.time("window start", windowStart);
        Storable.time("window end", windowEnd);
        Storable.time("append time", updatedAt);
    }

    private record Key(SubjectKey subject, MeterKey meter, String windowKind, Instant windowStart) {}

    /// The last value of each counter in `values`, which are in log order.
    public static List<CounterValue> latest(List<CounterValue> values) {
        Map<Key, CounterValue> last = LinkedHashMap.newLinkedHashMap(values.size());
        for (CounterValue value : values) {
            last.put(new Key(value.subject, value.meter, value.windowKind, value.windowStart), value);
        }
        return new ArrayList<>(last.values());
    }
}
