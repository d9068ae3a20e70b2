package io.tollgate.quota.admission;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The owner's answer to a [ReservationRequest].
public sealed interface ReservationAnswer {
    /// To be written now.
    ///
    /// @param ceilings one per item of a Reserve, one for the event of a Settle, none for a Release
    /// @param remaining what is left in the quota's window after each item; empty where no quota bounds the meter
    record Granted(
            UUID epoch,
            Instant admittedAt,
            List<Reservation> reservations,
            List<Optional<BigDecimal>> ceilings,
            List<Optional<BigDecimal>> remaining)
            implements ReservationAnswer {}

    /// The step was made before: nothing is to be written, and this is how things stand.
    record Made(List<Reservation> reservations) implements ReservationAnswer {}

    /// A quota does not let it.
    record Denied(Denial denial) implements ReservationAnswer {}

    /// The reservation is in a state that does not take the step, or more is settled than is reserved.
    record Conflict(Reservation reservation) implements ReservationAnswer {}

    record Unknown() implements ReservationAnswer {}

    /// Nothing is held; asking again may help.
    record NotJudged(AdmissionAnswer.Reason reason, String why) implements ReservationAnswer {
        /// For the reason that events are not judged for.
        public static NotJudged of(AdmissionAnswer.NotJudged notJudged) {
            return new NotJudged(notJudged.reason(), notJudged.why());
        }
    }
}
