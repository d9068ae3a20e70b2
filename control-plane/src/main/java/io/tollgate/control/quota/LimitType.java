package io.tollgate.control.quota;

import io.tollgate.metering.quota.QuotaPeriod;
import java.util.Optional;

/// Over what span a quota accumulates, in the words of the API.
public enum LimitType {
    DAILY,
    MONTHLY,
    YEARLY,
    LIFETIME,
    ROLLING_30D,
    CUSTOM;

    public static LimitType of(QuotaPeriod period) {
        return switch (period) {
            case QuotaPeriod.Daily daily -> DAILY;
            case QuotaPeriod.Monthly monthly -> MONTHLY;
            case QuotaPeriod.Yearly yearly -> YEARLY;
            case QuotaPeriod.Lifetime lifetime -> LIFETIME;
            case QuotaPeriod.Rolling rolling -> ROLLING_30D;
            case QuotaPeriod.Custom custom -> CUSTOM;
        };
    }

    /// The period of this type.
    ///
    /// @param custom for [#CUSTOM], which has no other
    public QuotaPeriod period(Optional<QuotaPeriod.Custom> custom) {
        return switch (this) {
            case DAILY -> new QuotaPeriod.Daily();
            case MONTHLY -> new QuotaPeriod.Monthly();
            case YEARLY -> new QuotaPeriod.Yearly();
            case LIFETIME -> new QuotaPeriod.Lifetime();
            case ROLLING_30D -> new QuotaPeriod.Rolling();
            case CUSTOM -> custom.orElseThrow(() -> new IllegalArgumentException("a custom quota has a window"));
        };
    }
}
