package io.tollgate.control.price;

import io.tollgate.contract.MeterKey;
import io.tollgate.metering.rating.PriceModel;
import io.tollgate.metering.rating.PriceTarget;
import java.time.Instant;
import java.util.Currency;
import java.util.Optional;

/// What a price model says.
///
/// @param target a plan by its id or name
/// @param currency empty: that of the organization
/// @param effectiveFrom empty: now
/// @param effectiveTo empty: until another one takes its place
public record PriceTerms(
        MeterKey meter,
        PriceTarget target,
        PriceModel model,
        Optional<Currency> currency,
        Optional<Instant> effectiveFrom,
        Optional<Instant> effectiveTo) {
    public PriceTerms {
        if (effectiveFrom.isPresent()
                && effectiveTo.isPresent()
                && !effectiveFrom.get().isBefore(effectiveTo.get())) {
            throw new IllegalArgumentException("effective_to must be after effective_from");
        }
    }

    public PriceTerms with(PriceModel changed) {
        return new PriceTerms(meter, target, changed, currency, effectiveFrom, effectiveTo);
    }
}
