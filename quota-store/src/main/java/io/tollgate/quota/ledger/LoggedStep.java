package io.tollgate.quota.ledger;

import io.tollgate.quota.admission.ReservationId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What a record of `usage-events` does to reservations.
///
/// @param expiresAt of what is reserved; the epoch for other kinds
public record LoggedStep(Kind kind, Instant expiresAt, List<Item> items) {
    /// The steps.
    public enum Kind {
        /// The items are held from now on.
        RESERVE,
        /// The record's event is recorded against the item.
        SETTLE,
        /// The items are free.
        RELEASE,
        /// The items' time has passed.
        EXPIRE
    }

    /// @param quantity held; not looked at for other kinds than RESERVE
    /// @param ceiling under which it was admitted; empty: nothing bounds it
    public record Item(ReservationId id, String meter, BigDecimal quantity, Optional<BigDecimal> ceiling) {}
}
