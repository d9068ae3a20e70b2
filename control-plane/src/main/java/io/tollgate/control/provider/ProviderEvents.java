package io.tollgate.control.provider;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Actor;
import java.util.List;
import java.util.Optional;

/// The events of providers. Thread-safe.
public interface ProviderEvents {
    /// Stores an event, durably, for processing. Answers false if it is stored already: then nothing happens.
    boolean store(ReceivedEvent event);

    /// The failed ones, newest first.
    List<StoredEvent> failed(Optional<OrganizationId> organizationId, int limit);

    /// Processes a stored event now, whatever its state; one that is completed has no effect again. If several sources
    /// have sent an event of this id, all of them. Absent if there is none.
    Optional<Processing> retry(Actor actor, String eventId);

    /// As [#retry], of one source, and a completed event goes through its handler again: what it has set is set again,
    /// and
    /// what happens once does not happen again.
    Optional<Processing> replay(Actor actor, EventSource source, String eventId);
}
