package io.tollgate.quota.routing;

import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.quota.admission.CheckAnswer;
import java.math.BigDecimal;
import java.util.Optional;

/// Answers whose content does not matter beyond telling them apart.
final class Answers {
    private Answers() {}

    static CheckAnswer judged(BigDecimal current) {
        return new CheckAnswer.Judged(
                true,
                new Quota(
                        "q",
                        1,
                        BigDecimal.TEN,
                        new QuotaPeriod.Monthly(),
                        EnforcementMode.HARD,
                        Optional.empty(),
                        BigDecimal.ZERO,
                        Optional.empty(),
                        Optional.empty()),
                current,
                BigDecimal.ZERO,
                Optional.empty(),
                Optional.empty(),
                false);
    }
}
