package io.tollgate.metering.limit;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What is told of several limits that were tested together.
///
/// @param reported the one that is shown
/// @param denied whether any of them refuses proxy and check
public record LimitReport(LimitStatus reported, boolean denied) {
    private static final Comparator<LimitStatus> WORST_FIRST = Comparator.comparingInt(LimitReport::rank)
            .thenComparing(LimitReport::byRemainingShare)
            .thenComparing(status -> status.limit().period())
            .thenComparing(status -> status.limit().id());

    /// Reported is a breached limit that denies, else another breached one, else the one of which the least share is
    /// left; among equals the one of the shorter period. Empty without limits.
    public static Optional<LimitReport> worst(List<LimitStatus> statuses) {
        return statuses.stream()
                .min(WORST_FIRST)
                .map(reported -> new LimitReport(reported, statuses.stream().anyMatch(LimitStatus::denies)));
    }

    private static int rank(LimitStatus status) {
        return status.denies() ? 0 : status.breached() ? 1 : 2;
    }

    // Cross-multiplied instead of divided, so that the order is exact. What is no upper bound has no share and comes
    // last; a limit of 0 is taken as 1.
    private static int byRemainingShare(LimitStatus one, LimitStatus other) {
        if (one.remaining().isEmpty() || other.remaining().isEmpty()) {
            return Boolean.compare(one.remaining().isEmpty(), other.remaining().isEmpty());
        }
        return scaled(one, other).compareTo(scaled(other, one));
    }

    private static BigDecimal scaled(LimitStatus status, LimitStatus by) {
        BigDecimal remaining = status.remaining().orElse(BigDecimal.ZERO);
        return remaining.multiply(unit(by));
    }

    private static BigDecimal unit(LimitStatus status) {
        BigDecimal value = status.limit().value();
        return value.signum() == 0 ? BigDecimal.ONE : value;
    }
}
