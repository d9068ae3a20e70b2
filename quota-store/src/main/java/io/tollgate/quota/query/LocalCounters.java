package io.tollgate.quota.query;

import io.tollgate.quota.store.CounterReader;
import java.util.Optional;

/// The counters of the partitions that this process owns.
@FunctionalInterface
public interface LocalCounters {
    /// For a process without the aggregator role.
    LocalCounters NONE = partition -> Optional.empty();

    /// The counters of a partition, if it is owned here and restored.
    Optional<CounterReader> counters(int partition);
}
