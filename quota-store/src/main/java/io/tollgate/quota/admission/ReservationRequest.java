package io.tollgate.quota.admission;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;

/// A step in the life of reservations that a gateway wants to write. Asked for before it is written, reported after,
/// like events.
public sealed interface ReservationRequest {
    AdmissionId id();

    int partition();

    String subjectKey();

    /// Holds all of the items or none.
    record Reserve(AdmissionId id, int partition, String subjectKey, ZoneId zone, List<Item> items, Duration timeToLive)
            implements ReservationRequest {
        /// Most items of one request.
        public static final int ITEMS_MAX = 20;
    }

    /// @param quantity greater than 0
    record Item(ReservationId reservationId, String meter, BigDecimal quantity) {}

    /// Records an event against a reservation; what it does not need of it is free.
    ///
    /// @param event of the reservation's meter, its id derived from the reservation's
    record Settle(
            AdmissionId id, int partition, String subjectKey, ZoneId zone, ReservationId reservationId, Candidate event)
            implements ReservationRequest {}

    /// Gives back what is held.
    record Release(AdmissionId id, int partition, String subjectKey, ReservationId reservationId)
            implements ReservationRequest {}
}
