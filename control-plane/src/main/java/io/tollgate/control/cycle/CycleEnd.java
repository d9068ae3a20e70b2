package io.tollgate.control.cycle;

import java.time.Instant;
import java.util.Optional;

/// Where a billing cycle ends.
public final class CycleEnd {
    private CycleEnd() {}

    /// The end that an invoice gives a running cycle. Only what lies behind the invoice can be its end: a tenant that
    /// changes
    /// its subscription is invoiced before the end that was known.
    ///
    /// @param known the end that was known when the cycle began
    /// @param periodEnd the end of the period that the invoice is about
    /// @param created when the provider told of the invoice
    /// @return absent: the cycle has not begun by then, so there is nothing to close
    public static Optional<Instant> by(
            Instant start, Optional<Instant> known, Optional<Instant> periodEnd, Instant created) {
        return Optional.of(known.filter(end -> !end.isAfter(created))
                        .or(() -> periodEnd.filter(end -> !end.isAfter(created) && end.isAfter(start)))
                        .orElse(created))
                .filter(start::isBefore);
    }
}
