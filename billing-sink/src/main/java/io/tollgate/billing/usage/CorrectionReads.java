package io.tollgate.billing.usage;

import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// What corrections need to know of events. Thread-safe.
public interface CorrectionReads {
    /// Events of the organization that were counted, whether they still do or not; what is not stored is left out. The
    /// earliest where several have an id.
    List<CorrectableEvent> find(OrganizationId organizationId, Collection<EventId> ids);

    /// Why an event of the organization was rejected, if one with this id was.
    Optional<String> rejection(OrganizationId organizationId, EventId id);
}
