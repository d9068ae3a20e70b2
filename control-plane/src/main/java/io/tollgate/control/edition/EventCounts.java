package io.tollgate.control.edition;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;
import java.util.SortedMap;

/// How many events an organization has reported. Thread-safe.
public interface EventCounts {
    /// By meter, of `[from, to)` by event time.
    SortedMap<String, Long> byMeter(OrganizationId organizationId, Instant from, Instant to);
}
