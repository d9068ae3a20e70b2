package io.tollgate.ingest.event;

import io.tollgate.contract.EventId;
import java.time.Instant;

/// What became of one event of a request that is recorded.
public sealed interface IntakeOutcome {

    /// New, as far as this request knows: in the log once the request is acknowledged.
    record Recorded(EventId id, ReportedEvent event) implements IntakeOutcome {}

    /// Same key and same payload as an event earlier in the request: not logged again.
    record Duplicate(EventId id, ReportedEvent event) implements IntakeOutcome {}

    /// Same key as an event earlier in the request, other payload: failed alone.
    ///
    /// @param firstId, firstReceivedAt of the event that holds the key
    record Conflict(ReportedEvent event, EventId firstId, Instant firstReceivedAt) implements IntakeOutcome {}

    /// Not valid, and let fail alone.
    record Rejected(Reported.Invalid event) implements IntakeOutcome {}
}
