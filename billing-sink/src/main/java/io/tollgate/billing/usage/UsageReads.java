package io.tollgate.billing.usage;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Queries over what is stored. Each sees one state of the store. Thread-safe.
public interface UsageReads {
    /// Most counters and events that one request reads.
    long READ_MAX = 2_000_000;

    /// Most subjects that one request tells apart to know how their meters are counted: they are held in memory.
    int SUBJECTS_MAX = 100_000;

    /// A part of a list of events; empty if counting what matches would take reading more than [#READ_MAX], or
    /// too long.
    Optional<EventPage> events(EventQuery query);

    /// One event of the organization, counted or rejected; the counted one where an id names both.
    Optional<FoundEvent> event(OrganizationId organizationId, String eventId);

    /// What became of events of the organization, by id; those that are not stored are left out.
    Map<String, String> statuses(OrganizationId organizationId, Collection<String> eventIds);

    RejectedPage rejected(RejectedQuery query);

    UsageOutcome usage(UsageQuery query);

    /// The subjects whose usage of each of `meters` `query` finds, whatever page of it is asked for; empty if there are
    /// more than [#SUBJECTS_MAX] in all, or if to find them would take too long.
    Optional<Map<String, Set<SubjectId>>> subjects(UsageQuery query, Set<String> meters);

    /// The quantity of the latest event of each row of `query`, counted as [io.tollgate.metering.meter.Operation#LAST]
    /// has it; one answer per row. Empty if that would take too long.
    ///
    /// @param spans the part of the period that each row is about
    Optional<List<Optional<BigDecimal>>> last(UsageQuery query, List<RowKey> rows, List<Span> spans);
}
