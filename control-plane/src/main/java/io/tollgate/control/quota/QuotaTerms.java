package io.tollgate.control.quota;

import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.QuotaPeriod;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.Optional;

/// Everything about a quota that can be changed.
///
/// @param limit at least 0
/// @param softLimitValue at least 0; beyond it callers are warned
/// @param softLimitPercent the same as a share of the limit; unused beside a value
/// @param overageAllowed at least 0; used by [EnforcementMode#SOFT] only
/// @param gracePeriodHours how long everything passes from the first event of a window on that would be denied
/// @param gracePeriodEnd until then everything passes
public record QuotaTerms(
        Quantity limit,
        QuotaPeriod period,
        EnforcementMode mode,
        Optional<Quantity> softLimitValue,
        Optional<Integer> softLimitPercent,
        Quantity overageAllowed,
        Optional<Integer> gracePeriodHours,
        Optional<Instant> gracePeriodEnd) {
    public static final int SOFT_PERCENT_MIN = 1;
    public static final int SOFT_PERCENT_MAX = 100;

    /// A year.
    public static final int GRACE_HOURS_MAX = 8_760;

    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    public QuotaTerms {
        if (limit.value().signum() < 0
                || overageAllowed.value().signum() < 0
                || softLimitValue.filter(value -> value.value().signum() < 0).isPresent()) {
            throw new IllegalArgumentException("a quota's limits are at least 0");
        }
        if (softLimitPercent
                .filter(percent -> percent < SOFT_PERCENT_MIN || percent > SOFT_PERCENT_MAX)
                .isPresent()) {
            throw new IllegalArgumentException("a soft limit is 1 to 100 percent of the limit");
        }
        if (gracePeriodHours
                .filter(hours -> hours < 0 || hours > GRACE_HOURS_MAX)
                .isPresent()) {
            throw new IllegalArgumentException("a grace period has 0 to " + GRACE_HOURS_MAX + " hours");
        }
    }

    /// The soft limit that counts. A share of the limit is cut off to 6 fraction digits: what has 6 fraction digits is
    /// above the exact share if and only if it is above that.
    public Optional<Quantity> softLimit() {
        return softLimitValue.or(() -> softLimitPercent.map(percent -> new Quantity(share(limit.value(), percent))));
    }

    /// That many hundredths of a limit, cut off to 6 fraction digits.
    public static BigDecimal share(BigDecimal limit, int percent) {
        return limit.multiply(BigDecimal.valueOf(percent)).divide(HUNDRED, Quantity.SCALE, RoundingMode.FLOOR);
    }
}
