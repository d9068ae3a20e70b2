package io.tollgate.metering.metric;

import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.limit.PlanLimit;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// How a meter of one subject is counted and shown.
///
/// @param flushSeconds length of a flush window, aligned to 1970-01-01T00:00:00Z
/// @param batchSeconds how often its snapshots are written
/// @param cleanupAfter after that long without an update it is idle; absent: never
/// @param initialValue value of a window before its first event, scale 6; never usage
/// @param ownLimit the limit set on the metric itself
public record MetricSettings(
        Operation operation,
        MetricType type,
        int flushSeconds,
        int batchSeconds,
        Optional<Duration> cleanupAfter,
        BigDecimal initialValue,
        Optional<PlanLimit> ownLimit,
        Map<String, String> tags) {
    private static final int HOUR_SECONDS = 3_600;

    public MetricSettings {
        tags = Map.copyOf(tags);
    }

    /// Of a meter that an event or a plan limit names and nobody has defined.
    public static MetricSettings undefined(Operation operation, MetricType type) {
        return new MetricSettings(
                operation,
                type,
                HOUR_SECONDS,
                HOUR_SECONDS,
                Optional.empty(),
                BigDecimal.ZERO.setScale(Quantity.SCALE),
                Optional.empty(),
                Map.of());
    }
}
