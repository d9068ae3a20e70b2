package io.tollgate.quota.ledger;

import java.util.Map;
import java.util.Set;

/// Where the partitions of `usage-events` end.
public interface LogEnds {
    /// The offset after the last record of each partition, whether or not its transaction is over; what cannot be
    /// learned now is
    /// left out.
    Map<Integer, Long> ends(Set<Integer> partitions);
}
