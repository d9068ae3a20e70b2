package io.tollgate.billing.snapshot;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.Operation;
import java.util.Optional;

/// How metrics are counted, as they are defined. Thread-safe.
public interface MetricShapes {
    /// What a reading of a metric means.
    record Shape(Operation operation, MetricType type) {
        /// Of a metric that nobody defined.
        public static final Shape IMPLICIT = new Shape(Operation.SUM, MetricType.CHECKPOINT);
    }

    /// Empty if nobody has defined the metric; it may exist all the same, because events named it.
    Optional<Shape> find(SubjectKey subject, MeterKey meter);
}
