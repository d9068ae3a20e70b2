package io.tollgate.metering.quota;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// What a quota says to an event.
public sealed interface QuotaVerdict {
    /// It may be counted.
    ///
    /// @param ceiling what the window may hold at most by the rule that let it pass; empty: there is no bound
    /// @param soft whether the soft limit is passed
    /// @param overage whether the limit is passed within the allowed overage
    /// @param graceEnd until when the grace lasts that let it pass; empty: it needed none
    /// @param graceStart when the window's own grace began, perhaps with this event; empty: none is used
    record Passes(
            Optional<BigDecimal> ceiling,
            boolean soft,
            boolean overage,
            Optional<Instant> graceEnd,
            Optional<Instant> graceStart)
            implements QuotaVerdict {}

    /// It must not be counted.
    ///
    /// @param projected what the window would hold with it
    record Exceeds(BigDecimal projected) implements QuotaVerdict {}
}
