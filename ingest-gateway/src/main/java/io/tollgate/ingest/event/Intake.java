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

    /// The report is to be logged, and then the outcomes are true.
    ///
    /// @param outcomes one per event, in request order
    record Taken(UsageReport report, List<IntakeOutcome> outcomes) implements Intake {}
}
