package io.tollgate.quota.query;

import io.tollgate.quota.routing.Owner;
import java.time.Duration;
import java.util.Optional;

/// Asks the owner of a partition in another process. Thread-safe.
public interface OwnerClient {
    /// The owner's answer; empty if it is not the owner, or does not answer in time.
    Optional<LookupOutcome.Found> ask(Owner owner, int partition, CounterRead read, long afterOffset, Duration atMost);
}
