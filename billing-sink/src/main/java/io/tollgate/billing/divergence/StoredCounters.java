package io.tollgate.billing.divergence;

import io.tollgate.contract.OrganizationId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is stored, to be compared. Thread-safe.
public interface StoredCounters {
    /// Most stored events that one comparison adds up.
    long EVENTS_MAX = 1_000_000;

    /// Hour counters taken at random: some of the stored ones, and some that stored events should be in. Together they
    /// are about at most [#EVENTS_MAX] events.
    ///
    /// @param only of this organization
    List<HourCounter> sample(int limit, Optional<OrganizationId> only);

    /// As of one moment, one entry for each of `owned`.
    Map<HourCounter, Stored> read(Map<HourCounter, Owned> owned);
}
