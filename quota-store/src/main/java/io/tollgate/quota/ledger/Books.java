package io.tollgate.quota.ledger;

import io.tollgate.contract.EventId;
import io.tollgate.metering.quota.Quota;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.store.SeenKeys.Sighting;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/// What the stores of one partition hold. Read by any thread; written by the task's thread alone.
///
/// Every method throws [org.apache.kafka.streams.errors.InvalidStateStoreException] when the partition has moved away.
public interface Books {
    /// The first sighting of the key, as of `arrival`.
    Optional<Sighting> seen(EventId key, Instant arrival);

    /// What is counted in a window of `quota`.
    BigDecimal counted(RoomKey room, Quota quota);

    QuotaMark mark(RoomKey room);

    /// The reservations that are open.
    Collection<Reservation> openReservations();

    /// A reservation that is over, for some days after its end.
    Optional<Reservation> endedReservation(ReservationId id);

    /// Offset of the last record whose effects are all stored.
    long storedOffset();

    /// Waits until the effects of the record at `offset` are stored.
    ///
    /// @return false if that did not happen within `atMost`
    boolean awaitStored(long offset, Duration atMost);
}
