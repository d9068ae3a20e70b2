package io.tollgate.billing.divergence;

import java.util.Collection;
import java.util.Map;

/// The counters at their owners. Thread-safe; may block while it asks.
public interface OwnedCounters {
    /// What the owners have; a counter whose owner does not answer is left out, one in which nothing is counted holds
    /// nothing.
    Map<HourCounter, Owned> read(Collection<HourCounter> counters);
}
