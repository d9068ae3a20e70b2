package io.tollgate.ingest.event;

import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One event of a request as it was read: valid in itself, or not.
public sealed interface Reported permits ReportedEvent, Reported.Invalid {

    /// Not an event that could be recorded, however often it is sent.
    ///
    /// @param tenantId, meter, idempotencyKey as sent, if they could be read; they tell the reporter which event it was
    /// @param code what the whole request is refused with if nothing else is wrong with it
    /// @param errors each thing that is wrong, with its path in the request; never empty
    record Invalid(
            @Nullable String tenantId,
            @Nullable String meter,
            @Nullable String idempotencyKey,
            ErrorCode code,
            List<Problem.FieldError> errors)
            implements Reported {
        public Invalid {
            errors = List.copyOf(errors);
        }
    }
}
