package io.tollgate.quota.ratelimit;

import io.tollgate.metering.ratelimit.RateVerdict;
import java.util.Optional;
import java.util.function.IntPredicate;

/// Counts the requests of the organizations whose partitions this process owns.
public final class OwnedRates implements RateNode {
    private final RateCounts counts;
    private final IntPredicate owned;

    /// @param owned whether this process owns a partition now
    public OwnedRates(RateCounts counts, IntPredicate owned) {
        this.counts = counts;
        this.owned = owned;
    }

    @Override
    public Optional<RateVerdict> count(RateQuestion question) {
        return owned.test(question.partition())
                ? Optional.of(counts.count(question.organizationId(), question.limits()))
                : Optional.empty();
    }
}
