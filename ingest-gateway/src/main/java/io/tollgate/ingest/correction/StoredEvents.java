package io.tollgate.ingest.correction;

import io.tollgate.contract.EventId;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectKey;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/// What is stored of the events of organizations. Blocks. Thread-safe.
public interface StoredEvents {
    /// Waits, for two seconds at most, until everything is stored that the organization wrote through this entry point,
    /// and everything up to `after`. Answers false if it is not by then.
    boolean await(OrganizationId organizationId, LogPosition after);

    /// Waits as long until everything is stored that stands in the subject's partition of the log now, whoever wrote
    /// it.
    /// Answers false if it is not by then, or if the end of the log is not known.
    boolean awaitEnd(SubjectKey subjectKey);

    /// Events of the organization that were counted, corrected ones included; what is not there is left out.
    Map<EventId, StoredEvent> find(OrganizationId organizationId, Collection<EventId> ids);

    /// Why an event of the organization was rejected, as a word of `rejected-events`; empty if it was not.
    Optional<String> rejection(OrganizationId organizationId, EventId id);
}
