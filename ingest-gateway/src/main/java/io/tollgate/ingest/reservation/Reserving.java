package io.tollgate.ingest.reservation;

import io.tollgate.contract.LogPosition;
import io.tollgate.quota.admission.Denial;
import io.tollgate.quota.admission.Reservation;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/// What became of a request to hold something.
public sealed interface Reserving
        permits Reserving.Opened, Reserving.Repeated, Reserving.KeyReused, Reserving.Denied, Unavailable {
    /// All of it is held from now on.
    ///
    /// @param reservations one per item, in order
    /// @param remaining what is left in the quota's window after each; empty where no quota bounds the meter
    record Opened(List<Reservation> reservations, List<Optional<BigDecimal>> remaining, LogPosition position)
            implements Reserving {}

    /// The same was asked for before, under the same idempotency keys.
    ///
    /// @param reservations one per item, in order, as they stand now
    record Repeated(List<Reservation> reservations) implements Reserving {}

    /// An idempotency key stands for something else already.
    record KeyReused(Reservation reservation) implements Reserving {}

    record Denied(Denial denial) implements Reserving {}
}
