package io.tollgate.quota.admission;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// What an admitted event should make its reporter think of.
///
/// @param current what the window holds with this request
/// @param resetsAt end of the window; empty if it has none
/// @param graceEnd with [Code#QUOTA_GRACE]
public record QuotaWarning(
        Code code,
        String meter,
        BigDecimal current,
        BigDecimal limit,
        Optional<BigDecimal> softLimit,
        Optional<Instant> resetsAt,
        Optional<Instant> graceEnd) {
    /// The warnings, as callers see them.
    public enum Code {
        QUOTA_SOFT_LIMIT,
        QUOTA_OVERAGE,
        QUOTA_GRACE
    }
}
