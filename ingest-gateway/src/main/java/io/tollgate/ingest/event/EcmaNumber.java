package io.tollgate.ingest.event;

import java.math.BigDecimal;

/// Numbers as RFC 8785 writes them, which is ECMAScript's Number::toString (ECMA-262, 6.1.6.1.20): the shortest decimal
/// that reads back as the same double, and the one closest to it among those.
///
/// Java's own shortest form differs in two ways: it has at least two digits, and it writes exponents at other
/// magnitudes.
/// The converter in the reference library of RFC 8785 is not used: for some doubles it does not end.
final class EcmaNumber {
    /// Largest magnitude exponent that is written out with zeros.
    private static final int PLAIN_DIGITS_MAX = 21;
    /// Most zeros after the point before the exponent form.
    private static final int LEADING_ZEROS_MAX = 6;

    private EcmaNumber() {}

    /// @param value finite
    static String toText(double value) {
        if (value == 0) {
            return "0";
        }
        BigDecimal shortest = shortest(Math.abs(value));
        String digits = shortest.unscaledValue().toString();
        int exponent = digits.length() - shortest.scale();
        StringBuilder text = new StringBuilder(28);
        if (value < 0) {
            text.append('-');
        }
        if (digits.length() <= exponent && exponent <= PLAIN_DIGITS_MAX) {
            text.append(digits).repeat('0', exponent - digits.length());
        } else if (0 < exponent && exponent <= PLAIN_DIGITS_MAX) {
            text.append(digits, 0, exponent).append('.').append(digits, exponent, digits.length());
        } else if (-LEADING_ZEROS_MAX < exponent && exponent <= 0) {
            text.append("0.").repeat('0', -exponent).append(digits);
        } else {
            text.append(digits.charAt(0));
            if (digits.length() > 1) {
                text.append('.').append(digits, 1, digits.length());
            }
            text.append('e').append(exponent > 0 ? '+' : '-').append(Math.abs(exponent - 1));
        }
        return text.toString();
    }

    /// The shortest decimal, its unscaled value without trailing zeros.
    private static BigDecimal shortest(double value) {
        BigDecimal java = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        if (java.precision() != 2) {
            return java;
        }
        BigDecimal unit = BigDecimal.ONE.scaleByPowerOfTen(1 - java.scale());
        BigDecimal below = java.divideToIntegralValue(unit).multiply(unit);
        BigDecimal above = below.add(unit);
        BigDecimal exact = new BigDecimal(value);
        boolean belowReadsBack = below.signum() > 0 && below.doubleValue() == value;
        boolean aboveReadsBack = above.doubleValue() == value;
        if (belowReadsBack && aboveReadsBack) {
            boolean belowCloser = exact.subtract(below).compareTo(above.subtract(exact)) <= 0;
            return (belowCloser ? below : above).stripTrailingZeros();
        }
        return belowReadsBack ? below.stripTrailingZeros() : aboveReadsBack ? above.stripTrailingZeros() : java;
    }
}
