package io.tollgate.metering.quantity;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// How much was used: an exact decimal of 14 integer and 6 fraction digits. Equal values are equal whatever their
/// source
/// wrote, since the scale is always 6.
public record Quantity(BigDecimal value) {
    /// Digits after the point.
    public static final int SCALE = 6;

    /// Largest magnitude, inclusive.
    public static final BigDecimal MAX = new BigDecimal("99999999999999.999999");

    public Quantity {
        if (value.scale() != SCALE) {
            throw new IllegalArgumentException("a quantity has exactly 6 fraction digits, not " + value);
        }
        if (value.abs().compareTo(MAX) > 0) {
            throw new IllegalArgumentException("a quantity has at most 14 integer digits");
        }
    }

    /// Rounds HALF_UP to 6 places (a half moves away from zero), as PostgreSQL `numeric` does, so that SQL agrees.
    ///
    /// @throws IllegalArgumentException if more than 14 integer digits remain
    public static Quantity rounded(BigDecimal exact) {
        return new Quantity(exact.setScale(SCALE, RoundingMode.HALF_UP));
    }

    /// Plain decimal text without trailing zeros: `1000`, `0.5`.
    public static String plain(BigDecimal value) {
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }

    /// With at least one fraction digit and otherwise without trailing zeros, as the business dialect writes numbers:
    /// `1000.0`, `0.25`.
    public static BigDecimal withFraction(BigDecimal value) {
        BigDecimal stripped = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        return stripped.setScale(Math.max(1, stripped.scale()));
    }

    @Override
    public String toString() {
        return plain(value);
    }
}
