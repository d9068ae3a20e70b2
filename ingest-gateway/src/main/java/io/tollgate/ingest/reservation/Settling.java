package io.tollgate.ingest.reservation;

import io.tollgate.contract.LogPosition;
import io.tollgate.quota.admission.Denial;
import java.math.BigDecimal;

/// What became of a request to settle a reservation.
public sealed interface Settling permits Settling.Settled, Settling.Denied, WrongState, NotFound, Unavailable {
    /// Recorded, now or by an earlier request.
    ///
    /// @param quantity recorded
    /// @param released what is free again
    record Settled(Held held, BigDecimal quantity, BigDecimal released, LogPosition position) implements Settling {
        static Settled of(Held held, BigDecimal quantity, LogPosition position) {
            return new Settled(held, quantity, held.reservation().quantity().subtract(quantity), position);
        }
    }

    /// The event falls into another window of the quota than the reservation, which has no room.
    record Denied(Denial denial) implements Settling {}
}
