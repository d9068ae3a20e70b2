package io.tollgate.ingest.reservation;

import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.util.List;

/// What a request for reservations comes to by itself.
public sealed interface ReservationIntake {
    /// Nothing is asked of anybody.
    ///
    /// @param errors what is wrong, in request order; never empty
    record Refused(ErrorCode code, List<Problem.FieldError> errors) implements ReservationIntake {}

    /// Its subject's owner is to be asked.
    record Taken(ReservationOrder order) implements ReservationIntake {}
}
