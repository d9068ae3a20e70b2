package io.tollgate.ingest.event;

import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.util.List;

/// What is to be done with one request.
public sealed interface Intake {

    /// Nothing is recorded.
    ///
    /// @param errors what is wrong, in request order, at most [EventIntake#ERRORS_MAX]
    record Refused(ErrorCode code, List<Problem.FieldError> errors) implements Intake {}

    /// As far as this request alone can tell, the report is to be logged; its owners decide over it.
    ///
    /// @param outcomes one per event, in request order: what they are once the report is logged
    record Taken(UsageReport report, List<IntakeOutcome> outcomes) implements Intake {}
}
