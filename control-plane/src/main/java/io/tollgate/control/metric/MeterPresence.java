package io.tollgate.control.metric;

import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.Operation;
import java.util.Optional;

/// Which metrics exist without settings of their own, because an event or a plan limit named them. Thread-safe; may
/// block while it asks the owner of the counters.
public interface MeterPresence {
    /// How such a metric is counted.
    record ImplicitMeter(Operation operation, MetricType type) {
        /// As the first event makes it.
        public static final ImplicitMeter OF_EVENT = new ImplicitMeter(Operation.SUM, MetricType.CHECKPOINT);
    }

    /// Empty if there is no such metric.
    Optional<ImplicitMeter> find(MetricKey key);
}
