package io.tollgate.ingest.admission;

import io.tollgate.contract.EventId;
import io.tollgate.contract.SubjectId;
import io.tollgate.ingest.event.IntakeOutcome;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.Denial;
import io.tollgate.quota.admission.QuotaWarning;
import java.util.ArrayList;
import java.util.List;

/// What the owners' answers make of a request.
public sealed interface Verdict {

    /// Nothing is written: a quota denies it.
    ///
    /// @param violations one per subject and meter, in request order; never empty
    /// @param released what the owners that admitted are to be told, so that they free what they hold
    record Denied(List<Violation> violations, List<AdmissionOutcome> released) implements Verdict, Recording {}

    /// Nothing is written: somebody whose word is needed does not give it now.
    ///
    /// @param released as for [Denied]
    record Unavailable(String why, int retryAfterSeconds, List<AdmissionOutcome> released)
            implements Verdict, Recording {}

    /// The report is to be written, and then the outcomes are true.
    ///
    /// @param report what is new, with the owners' consent
    /// @param outcomes one per event, in request order
    /// @param warnings one per code, subject, meter and window: the last, which has seen all of the request
    /// @param checked whether every record has its owner's consent; else duplicates are found when they are counted
    record Written(UsageReport report, List<IntakeOutcome> outcomes, List<Warning> warnings, boolean checked)
            implements Verdict {

        /// Ids of the events that are in the log then, new or not, in request order.
        public List<EventId> ids() {
            List<EventId> ids = new ArrayList<>(outcomes.size());
            for (IntakeOutcome outcome : outcomes) {
                switch (outcome) {
                    case IntakeOutcome.Recorded recorded -> ids.add(recorded.id());
                    case IntakeOutcome.Duplicate duplicate -> ids.add(duplicate.id());
                    case IntakeOutcome.Conflict conflict -> {}
                    case IntakeOutcome.Denied denied -> {}
                    case IntakeOutcome.Undecided undecided -> {}
                    case IntakeOutcome.TenantDeleted gone -> {}
                    case IntakeOutcome.Rejected rejected -> {}
                }
            }
            return ids;
        }
    }

    record Violation(SubjectId subject, Denial denial) {}

    record Warning(SubjectId subject, QuotaWarning warning) {}
}
