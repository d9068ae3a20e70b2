package io.tollgate.quota.admission;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// A quantity that is held for a later event.
///
/// @param quantity held while it is open
/// @param reservedAt decides the quota window that it is held in
/// @param settled how much was recorded of it, once it is settled
/// @param closedAt when it was settled, released or expired, by the log
public record Reservation(
        ReservationId id,
        String subjectKey,
        String meter,
        BigDecimal quantity,
        Instant reservedAt,
        Instant expiresAt,
        State state,
        Optional<BigDecimal> settled,
        Optional<Instant> closedAt) {
    /// Where a reservation is in its life.
    public enum State {
        OPEN,
        SETTLED,
        RELEASED,
        EXPIRED
    }

    Reservation closed(State newState, Optional<BigDecimal> settledQuantity, Instant at) {
        return new Reservation(
                id, subjectKey, meter, quantity, reservedAt, expiresAt, newState, settledQuantity, Optional.of(at));
    }

    /// As it is after the log has recorded `newSettled` of it.
    public Reservation settled(BigDecimal newSettled, Instant at) {
        return closed(State.SETTLED, Optional.of(newSettled), at);
    }

    public Reservation released(Instant at) {
        return closed(State.RELEASED, Optional.empty(), at);
    }

    public Reservation expired(Instant at) {
        return closed(State.EXPIRED, Optional.empty(), at);
    }
}
