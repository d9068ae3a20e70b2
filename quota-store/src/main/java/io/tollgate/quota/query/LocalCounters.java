package io.tollgate.quota.query;

import io.tollgate.quota.store.CounterReader;
import java.util.Optional;

/// The counters that this process keeps: as owner of a partition, or as a standby's copy.
public interface LocalCounters {
    /// For a process without the aggregator role.
    LocalCounters NONE = new LocalCounters() {
        @Override
        public Optional<CounterReader> counters(int partition) {
            return Optional.empty();
        }

        @Override
        public Optional<CounterReader> copy(int partition) {
            return Optional.empty();
        }
    };

    /// The counters of a partition, if it is owned here and restored.
    Optional<CounterReader> counters(int partition);

    /// What is stored here of a partition's counters, whoever owns it. It may lag behind, so an answer from it is
    /// marked stale.
    Optional<CounterReader> copy(int partition);
}
