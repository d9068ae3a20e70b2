package io.tollgate.billing.usage.kafka;

import java.util.Map;
import java.util.Optional;

/// How the sink is, as far as this process can tell.
///
/// @param lag records of the partitions assigned here that are not stored yet, by topic
/// @param cause why it is not up
public record SinkStatus(State state, Map<String, Long> lag, Optional<String> cause) {
    /// How well the sink works.
    public enum State {
        UP,
        /// The last batch of some topic could not be stored; it is tried again.
        DEGRADED,
        /// Not running.
        DOWN
    }

    public SinkStatus {
        lag = Map.copyOf(lag);
    }

    /// Records of all topics that are not stored yet.
    public long totalLag() {
        return lag.values().stream().mapToLong(Long::longValue).sum();
    }
}
