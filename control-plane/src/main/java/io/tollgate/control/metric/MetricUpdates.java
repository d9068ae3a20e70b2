package io.tollgate.control.metric;

import io.tollgate.metering.quantity.Quantity;

/// Records updates of metrics as events. Thread-safe; answers when the update is in the log.
public interface MetricUpdates {
    /// @param value any quantity, zero and negative ones too
    void record(MetricKey key, Quantity value);
}
