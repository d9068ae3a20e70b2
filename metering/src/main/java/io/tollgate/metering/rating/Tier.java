package io.tollgate.metering.rating;

import java.math.BigDecimal;
import java.util.Optional;

/// A half-open range of positions `[min, max)` with one price. Unit *n* of a period takes the position n − 1 to n.
///
/// @param max empty: no end
/// @param unitPrice of a whole unit; parts of a unit cost their part
/// @param flatFee once per period for which the tier is entered
public record Tier(BigDecimal min, Optional<BigDecimal> max, BigDecimal unitPrice, BigDecimal flatFee) {
    public Tier {
        Prices.require(min, "min_quantity");
        max.ifPresent(end -> Prices.require(end, "max_quantity"));
        Prices.require(unitPrice, "unit_price");
        Prices.require(flatFee, "flat_fee");
        if (max.isPresent() && max.get().compareTo(min) <= 0) {
            throw new IllegalArgumentException("a tier's max_quantity is greater than its min_quantity, not "
                    + max.get().toPlainString() + " after " + min.toPlainString());
        }
    }

    /// How many of the positions `[from, to)` are in this tier.
    BigDecimal overlap(BigDecimal from, BigDecimal to) {
        BigDecimal low = from.max(min);
        BigDecimal high = max.map(to::min).orElse(to);
        return high.subtract(low).max(BigDecimal.ZERO);
    }

    /// Whether usage of `quantity` has taken any position in this tier.
    boolean enteredBy(BigDecimal quantity) {
        return quantity.compareTo(min) > 0;
    }

    /// Whether the last unit of `quantity` is in this tier: `min < quantity <= max`.
    boolean endsAt(BigDecimal quantity) {
        return enteredBy(quantity)
                && max.map(top -> quantity.compareTo(top) <= 0).orElse(true);
    }
}
