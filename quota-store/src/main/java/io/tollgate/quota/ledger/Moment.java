package io.tollgate.quota.ledger;

import java.time.Duration;
import java.time.Instant;

/// A point in time by both clocks: the wall's, for what others compare, and the monotonic one, for how long something
/// took.
public record Moment(Instant wall, long monotonicNanos) {
    /// How long ago `earlier` was, by the monotonic clock.
    Duration since(Moment earlier) {
        return Duration.ofNanos(monotonicNanos - earlier.monotonicNanos);
    }
}
