package io.tollgate.quota.admission;

import io.tollgate.metering.quota.Quota;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// The answer to a [QuotaCheck].
public sealed interface CheckAnswer {
    /// No quota covers the meter.
    ///
    /// @param reserved held by open reservations, whenever they were made
    record Unlimited(BigDecimal reserved) implements CheckAnswer {}

    /// @param current counted and on its way in the quota's window
    /// @param reserved held by open reservations in it
    /// @param resetsAt end of the window; empty if it has none
    /// @param stale whether a copy answered that may lag behind, because the partition is changing hands
    record Judged(
            boolean allowed,
            Quota quota,
            BigDecimal current,
            BigDecimal reserved,
            Optional<Instant> resetsAt,
            Optional<QuotaWarning> warning,
            boolean stale)
            implements CheckAnswer {}

    /// Nobody could be asked.
    record NotJudged(AdmissionAnswer.Reason reason, String why) implements CheckAnswer {
        /// For the reason that events are not judged for.
        public static NotJudged of(AdmissionAnswer.NotJudged notJudged) {
            return new NotJudged(notJudged.reason(), notJudged.why());
        }
    }
}
