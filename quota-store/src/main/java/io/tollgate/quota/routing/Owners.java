package io.tollgate.quota.routing;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Which instance owns which partition, as far as this process knows. The picture may be old: the instance itself says
/// whether
/// it owns a partition, and whoever is told that it does not refreshes the picture. Thread-safe.
public interface Owners {
    /// The owner of a partition; empty while none is known.
    Optional<Owner> ownerOf(int partition);

    /// All owners known now, by partition.
    Map<Integer, Owner> all();

    /// Every instance that is known to count, whether or not it owns anything: one of them may hold a copy.
    Set<Owner> instances();

    /// Looks again, and returns when that is done or has failed.
    void refresh();
}
