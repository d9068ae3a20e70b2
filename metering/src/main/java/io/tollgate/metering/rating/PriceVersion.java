package io.tollgate.metering.rating;

import java.time.Instant;
import java.util.Currency;
import java.util.Optional;

/// A price model and when it is in force: for event times in `[effectiveFrom, effectiveTo)`.
///
/// @param id UUIDv4
/// @param meter what it prices
/// @param effectiveTo empty: until another one takes its place
public record PriceVersion(
        String id,
        PriceTarget target,
        String meter,
        PriceModel model,
        Currency currency,
        Instant effectiveFrom,
        Optional<Instant> effectiveTo) {
    public PriceVersion {
        if (effectiveTo.isPresent() && !effectiveFrom.isBefore(effectiveTo.get())) {
            throw new IllegalArgumentException("effective_to is after effective_from");
        }
    }

    boolean inForceAt(Instant instant) {
        return !instant.isBefore(effectiveFrom)
                && effectiveTo.map(instant::isBefore).orElse(true);
    }

    /// Whether both are for the same target and meter, and in force at some same time.
    public boolean overlaps(PriceVersion other) {
        return target.equals(other.target)
                && meter.equals(other.meter)
                && effectiveTo.map(other.effectiveFrom::isBefore).orElse(true)
                && other.effectiveTo.map(effectiveFrom::isBefore).orElse(true);
    }
}
