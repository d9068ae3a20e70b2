package io.tollgate.ingest.reservation;

import io.tollgate.contract.LogPosition;
import io.tollgate.quota.admission.Reservation;

/// What became of a request to give back what a reservation holds.
public sealed interface Releasing permits Releasing.Released, WrongState, NotFound, Unavailable {
    /// Free, now or by an earlier end.
    ///
    /// @param state [Reservation.State#RELEASED] or [Reservation.State#EXPIRED]
    record Released(Reservation.State state, LogPosition position) implements Releasing {}
}
