package io.tollgate.metering.rating;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;

/// A part of a period in which one version of a price is in force, and what was used in it.
///
/// @param model empty: nobody has priced the meter for this time, its units cost nothing
/// @param lasting more than 0; fees are shared out by it
/// @param quantity negative if more was taken back than used
public record PricedSpan(Optional<PriceModel> model, Duration lasting, BigDecimal quantity) {
    public PricedSpan {
        if (!lasting.isPositive()) {
            throw new IllegalArgumentException("a span lasts longer than nothing");
        }
    }
}
