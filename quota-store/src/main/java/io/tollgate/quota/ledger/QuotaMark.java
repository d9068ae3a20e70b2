package io.tollgate.quota.ledger;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is remembered of a quota's window beside its counters.
///
/// @param granted the highest ceiling that anything in it was counted under; null: nothing bounded was counted
/// @param unbounded whether something was counted that an owner admitted without a bound
/// @param graceStart when its grace began; null: it did not
/// @param signalled bit set of [Judgement.Crossing.Kind]s that were signalled
public record QuotaMark(
        @Nullable BigDecimal granted,
        boolean unbounded,
        @Nullable Instant graceStart,
        int signalled) {
    public static final QuotaMark NONE = new QuotaMark(null, false, null, 0);

    QuotaMark grant(Optional<BigDecimal> ceiling) {
        if (ceiling.isEmpty()) {
            return unbounded ? this : new QuotaMark(granted, true, graceStart, signalled);
        }
        return granted != null && granted.compareTo(ceiling.get()) >= 0
                ? this
                : new QuotaMark(ceiling.get(), unbounded, graceStart, signalled);
    }

    QuotaMark grace(Instant start) {
        return graceStart != null && !start.isBefore(graceStart)
                ? this
                : new QuotaMark(granted, unbounded, start, signalled);
    }

    boolean has(Judgement.Crossing.Kind kind) {
        return (signalled & 1 << kind.ordinal()) != 0;
    }

    QuotaMark signal(Judgement.Crossing.Kind kind) {
        return new QuotaMark(granted, unbounded, graceStart, signalled | 1 << kind.ordinal());
    }
}
