package io.tollgate.ingest.event;

import io.tollgate.contract.EventId;
import io.tollgate.quota.admission.Denial;
import java.time.Instant;

/// What became of one event of a request that is recorded.
public sealed interface IntakeOutcome {

    /// New: in the log once the request is acknowledged.
    record Recorded(EventId id, ReportedEvent event) implements IntakeOutcome {}

    /// Same key and same payload as an event that is in the log or earlier in the request: not logged again.
    record Duplicate(EventId id, ReportedEvent event) implements IntakeOutcome {}

    /// Same key as an event that is in the log or earlier in the request, other payload: failed alone.
    ///
    /// @param firstId, firstReceivedAt of the event that holds the key
    record Conflict(ReportedEvent event, EventId firstId, Instant firstReceivedAt) implements IntakeOutcome {}

    /// It would pass a quota, and was let fail alone.
    record Denied(ReportedEvent event, Denial denial) implements IntakeOutcome {}

    /// Whether it may be counted could not be told; let fail alone, and worth sending again.
    record Undecided(ReportedEvent event, String why) implements IntakeOutcome {}

    /// Its tenant is deleted: failed alone.
    record TenantDeleted(ReportedEvent event) implements IntakeOutcome {}

    /// Not valid, and let fail alone.
    record Rejected(Reported.Invalid event) implements IntakeOutcome {}
}
