package io.tollgate.billing.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.List;

/// What an organization's tenants did lately.
///
/// @param span how long; positive
/// @param busiest the tenants with the most events, those first
public record Activity(Duration span, List<BusyTenant> busiest) {
    private static final int RATE_SCALE = 2;
    private static final BigDecimal MICROS_PER_MINUTE = BigDecimal.valueOf(60_000_000);

    public Activity {
        if (!span.isPositive()) {
            throw new IllegalArgumentException("nothing has a rate over " + span);
        }
        busiest = List.copyOf(busiest);
    }

    public BigDecimal perMinute(BusyTenant tenant) {
        return BigDecimal.valueOf(tenant.events())
                .multiply(MICROS_PER_MINUTE)
                .divide(BigDecimal.valueOf(span.toNanos() / 1_000), RATE_SCALE, RoundingMode.HALF_UP);
    }
}
