package io.tollgate.metering.rating;

import java.math.BigDecimal;

/// What a price may be.
final class Prices {
    /// Fraction digits of a price.
    static final int SCALE_MAX = 12;

    private static final int INTEGER_DIGITS_MAX = 14;

    private Prices() {}

    static void require(BigDecimal price, String name) {
        if (price.signum() < 0) {
            throw new IllegalArgumentException(name + " is at least 0, not " + price.toPlainString());
        }
        if (price.signum() == 0) {
            return;
        }
        BigDecimal stripped = price.stripTrailingZeros();
        if (stripped.scale() > SCALE_MAX || stripped.precision() - stripped.scale() > INTEGER_DIGITS_MAX) {
            throw new IllegalArgumentException(
                    name + " has at most " + INTEGER_DIGITS_MAX + " integer and " + SCALE_MAX + " fraction digits");
        }
    }

    static void requirePositive(BigDecimal price, String name) {
        require(price, name);
        if (price.signum() == 0) {
            throw new IllegalArgumentException(name + " is greater than 0");
        }
    }
}
