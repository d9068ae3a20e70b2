package io.tollgate.quota.ledger;

import io.tollgate.quota.admission.Reservation;

/// A reservation while it holds room: from its admission until the fact that ends it is counted.
final class Held {
    /// What is on its way for it.
    enum Phase {
        /// Admitted, not in the books yet.
        RESERVING,
        /// In the books; nothing is on its way.
        OPEN,
        /// An event that settles it is on its way.
        SETTLING,
        /// Its release is on its way.
        RELEASING,
        /// Its expiry is on its way.
        EXPIRING
    }

    final Reservation reservation;
    Phase phase;

    Held(Reservation reservation, Phase phase) {
        this.reservation = reservation;
        this.phase = phase;
    }

    boolean in(Room room) {
        return room.key.subjectKey().equals(reservation.subjectKey())
                && room.key.meter().equals(reservation.meter())
                && room.key.span().contains(reservation.reservedAt());
    }
}
