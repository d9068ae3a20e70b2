package io.tollgate.metering.quota;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A limit on one meter of one tenant, enforced when an event is admitted.
///
/// @param id of its row
/// @param version grows with every change of the row
/// @param limit at least 0
/// @param softLimit beyond it callers are warned; empty: no warning below the limit
/// @param overageAllowed at least 0; how far past the limit [EnforcementMode#SOFT] goes, unused by other modes
/// @param graceLength how long everything passes from the first event of a window on that would be denied
/// @param graceEnd until then everything passes
public record Quota(
        String id,
        long version,
        BigDecimal limit,
        QuotaPeriod period,
        EnforcementMode mode,
        Optional<BigDecimal> softLimit,
        BigDecimal overageAllowed,
        Optional<Duration> graceLength,
        Optional<Instant> graceEnd) {
    public Quota {
        if (limit.signum() < 0 || overageAllowed.signum() < 0) {
            throw new IllegalArgumentException("a quota's limit and overage are at least 0");
        }
    }

    /// Most that may be used without grace; empty: as much as anybody likes.
    public Optional<BigDecimal> ceiling() {
        return switch (mode) {
            case HARD -> Optional.of(limit);
            case SOFT -> Optional.of(limit.add(overageAllowed));
            case DISABLED -> Optional.empty();
        };
    }

    /// Whether it can deny.
    public boolean limiting() {
        return mode != EnforcementMode.DISABLED;
    }

    /// Decides one event, or several of one request together.
    ///
    /// @param used what the window holds: counted, admitted and on its way, and reserved by others
    /// @param requested what would be added; an amount that does not raise the value always passes
    /// @param graceStart when the window's grace began, if it did
    public QuotaVerdict judge(BigDecimal used, BigDecimal requested, Optional<Instant> graceStart, Instant now) {
        BigDecimal projected = used.add(requested);
        boolean soft = softLimit.isPresent() && projected.compareTo(softLimit.get()) > 0;
        Optional<BigDecimal> ceiling = ceiling();
        if (requested.signum() <= 0 || ceiling.isEmpty() || projected.compareTo(ceiling.get()) <= 0) {
            boolean overage = mode == EnforcementMode.SOFT && projected.compareTo(limit) > 0;
            return new QuotaVerdict.Passes(ceiling, soft, overage, Optional.empty(), Optional.empty());
        }
        if (graceEnd.isPresent() && now.isBefore(graceEnd.get())) {
            return new QuotaVerdict.Passes(Optional.empty(), soft, false, graceEnd, Optional.empty());
        }
        if (graceLength.isPresent()) {
            Instant start = graceStart.orElse(now);
            Instant end = start.plus(graceLength.get());
            if (now.isBefore(end)) {
                return new QuotaVerdict.Passes(Optional.empty(), soft, false, Optional.of(end), Optional.of(start));
            }
        }
        return new QuotaVerdict.Exceeds(projected);
    }
}
