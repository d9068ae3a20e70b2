package io.tollgate.ingest.reservation;

import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.quota.admission.Reservation;
import java.util.Optional;

/// A reservation of the caller's organization, as its owner tells of it.
public record Held(SubjectKey subjectKey, Reservation reservation) {
    /// Empty if the reservation is another organization's.
    static Optional<Held> of(OrganizationId organizationId, Reservation reservation) {
        String prefix = organizationId.value() + "/";
        return Optional.of(reservation.subjectKey())
                .filter(key -> key.startsWith(prefix))
                .map(key -> new SubjectKey(organizationId, new SubjectId(key.substring(prefix.length()))))
                .map(key -> new Held(key, reservation));
    }

    /// Of the event that settles it: its idempotency key is the reservation's id.
    public EventId eventId() {
        return EventId.derived(
                subjectKey.organizationId(),
                subjectKey.subject(),
                reservation.id().value());
    }
}
