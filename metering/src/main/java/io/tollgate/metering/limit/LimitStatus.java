package io.tollgate.metering.limit;

import java.math.BigDecimal;
import java.util.Optional;

/// How usage stands to one limit.
///
/// @param usage so far, as the limit's period counts it
/// @param remaining what is left until the limit, at least 0; empty for limits that are no upper bound
public record LimitStatus(PlanLimit limit, BigDecimal usage, boolean breached, Optional<BigDecimal> remaining) {
    /// The status by usage so far: what is asked for now is not added.
    public static LimitStatus of(PlanLimit limit, BigDecimal usage) {
        return new LimitStatus(limit, usage, limit.operator().breached(usage, limit.value()), remaining(limit, usage));
    }

    /// The status if `count` is used now: upper bounds are breached only above the limit, whatever their operator, so
    /// that all of it can be used. What is no upper bound is tested by usage alone.
    ///
    /// @param reserved held by others on the same limit
    public static LimitStatus projected(PlanLimit limit, BigDecimal usage, BigDecimal reserved, BigDecimal count) {
        if (!limit.operator().boundsAbove()) {
            return of(limit, usage);
        }
        BigDecimal taken = usage.add(reserved);
        return new LimitStatus(limit, usage, taken.add(count).compareTo(limit.value()) > 0, remaining(limit, taken));
    }

    /// Whether the limit refuses proxy and check.
    public boolean denies() {
        return breached && limit.action().denies();
    }

    private static Optional<BigDecimal> remaining(PlanLimit limit, BigDecimal taken) {
        return limit.operator().boundsAbove()
                ? Optional.of(limit.value().subtract(taken).max(BigDecimal.ZERO))
                : Optional.empty();
    }
}
