package io.tollgate.ingest.admission;

import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.quota.admission.Denial;
import io.tollgate.quota.admission.EventDecision;
import io.tollgate.quota.admission.QuotaWarning;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Decisions of owners, for tests.
public final class Decisions {
    public static final Instant FIRST_ARRIVAL = Instant.parse("2026-03-01T00:00:00Z");
    public static final Instant WINDOW_END = Instant.parse("2026-04-01T00:00:00Z");

    private Decisions() {}

    public static EventDecision.Admitted admitted() {
        return new EventDecision.Admitted(Optional.empty(), Optional.empty(), List.of());
    }

    /// Admitted under a quota of 500.
    public static EventDecision.Admitted bounded(QuotaWarning... warnings) {
        return new EventDecision.Admitted(
                Optional.of(new BigDecimal("500.000000")), Optional.empty(), List.of(warnings));
    }

    public static EventDecision.Denied denied(String meter, String requested) {
        return new EventDecision.Denied(new Denial(
                meter,
                EnforcementMode.HARD,
                new BigDecimal("500.000000"),
                Optional.of(new BigDecimal("450.000000")),
                new BigDecimal("480.000000"),
                new BigDecimal(requested),
                Optional.of(WINDOW_END),
                Optional.empty(),
                "dec_" + meter));
    }

    public static QuotaWarning warning(QuotaWarning.Code code, String meter, String current) {
        return new QuotaWarning(
                code,
                meter,
                new BigDecimal(current),
                new BigDecimal("500.000000"),
                Optional.of(new BigDecimal("450.000000")),
                Optional.of(WINDOW_END),
                code == QuotaWarning.Code.QUOTA_GRACE ? Optional.of(WINDOW_END) : Optional.empty());
    }
}
