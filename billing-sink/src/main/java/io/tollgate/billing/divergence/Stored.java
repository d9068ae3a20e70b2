package io.tollgate.billing.divergence;

import java.util.Optional;

/// A counter as it is stored.
///
/// @param events sum of the stored events that lie in the log up to where its owner had counted
/// @param counter the stored counter; absent if there is none
public record Stored(Sum events, Optional<StoredCounter> counter) {
    /// @param offset of the last record that it includes
    public record StoredCounter(Sum sum, long offset) {}
}
