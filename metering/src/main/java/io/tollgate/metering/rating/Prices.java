package io.tollgate.metering.rating;

import java.math.BigDecimal;

/// What a price may be.
final class Prices {
    /// Fraction digits of a price.
    static final int SCALE_MAX = 12;

    private static final int INTEGER_DIGITS_MAX = 14;

    /// Fraction digits, closing zeros among them.
    private static final int DIGITS_MAX = 100;

    private Prices() {}

    static void require(BigDecimal price, String name) {
        if (price.signum() < 0) {
            throw new IllegalArgumentException(name + " is at least 0");
        }
        // By the magnitude, which may be beyond what can be written out. A zero of many digits takes long to add to.
        BigDecimal stripped = price.stripTrailingZeros();
        long integerDigits = (long) stripped.precision() - stripped.scale();
        if (price.scale() > DIGITS_MAX || stripped.scale() > SCALE_MAX || integerDigits > INTEGER_DIGITS_MAX) {
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
