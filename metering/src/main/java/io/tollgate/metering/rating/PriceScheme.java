package io.tollgate.metering.rating;

import java.math.BigDecimal;

/// What units cost.
public sealed interface PriceScheme {
    /// Each unit costs what the tier of its position says.
    record Graduated(Tiers tiers) implements PriceScheme {}

    /// All units cost what the tier of the last one says.
    record Volume(Tiers tiers) implements PriceScheme {}

    /// Whole packages, the begun one included.
    record Packaged(BigDecimal size, BigDecimal price) implements PriceScheme {
        public Packaged {
            Prices.requirePositive(size, "package_size");
            Prices.require(price, "package_price");
        }
    }

    /// Every unit costs the same.
    record PerUnit(BigDecimal unitPrice) implements PriceScheme {
        public PerUnit {
            Prices.require(unitPrice, "unit_price");
        }
    }

    /// For meters whose quantity is an amount of money: a share of it.
    ///
    /// @param percent 2.9 for 2.9 %
    record Percentage(BigDecimal percent) implements PriceScheme {
        /// So that the price of a unit stays in the bounds of prices.
        private static final int SCALE_MAX = Prices.SCALE_MAX - 2;

        public Percentage {
            Prices.require(percent, "percentage");
            if (percent.stripTrailingZeros().scale() > SCALE_MAX) {
                throw new IllegalArgumentException("percentage has at most " + SCALE_MAX + " fraction digits");
            }
        }

        BigDecimal unitPrice() {
            return percent.movePointLeft(2);
        }
    }

    /// A fee for the period, whatever is used.
    record Flat() implements PriceScheme {}
}
