package io.tollgate.billing.usage;

import java.util.Collection;
import java.util.List;
import java.util.SortedMap;

/// How far each partition of a consumed topic is stored. Thread-safe.
public interface SinkOffsets {
    /// For each of `partitions`, the offset before which everything is stored; 0 for one that was never stored from.
    SortedMap<Integer, Long> positions(String topic, Collection<Integer> partitions);

    /// Stores that nothing else is to be stored up to here.
    WriteOutcome advance(List<Advance> steps);
}
