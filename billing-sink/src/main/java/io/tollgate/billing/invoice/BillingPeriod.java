package io.tollgate.billing.invoice;

import java.time.Instant;

/// What an invoice is for: event times in `[start, end)`.
public record BillingPeriod(Instant start, Instant end) {
    public BillingPeriod {
        if (!start.isBefore(end)) {
            throw new IllegalArgumentException("period_end must be after period_start");
        }
    }
}
