package io.tollgate.quota.query;

import io.tollgate.quota.routing.Owner;
import java.time.Duration;
import java.util.Optional;

/// Asks instances in other processes for counters. Thread-safe.
public interface OwnerClient {
    /// The owner's answer; empty if it is not the owner, cannot be reached, or does not answer in time.
    ///
    /// @param atMost how long the owner may wait until it has counted `afterOffset`
    Optional<LookupOutcome.Found> ask(Owner owner, int partition, CounterRead read, long afterOffset, Duration atMost);

    /// The answer of an instance's copy, at once; empty if it has none, cannot be reached, or does not answer in time.
    Optional<LookupOutcome.Found> askCopy(
            Owner instance, int partition, CounterRead read, long afterOffset, Duration atMost);
}
