package io.tollgate.ingest.event;

import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/// Reads quantities as requests spell them: a decimal in the grammar of JSON numbers, exponents allowed, rounded
/// HALF_UP
/// to six places. Never through binary floating point, and never in more work than the text is long: `1e999999999` is
/// refused by its magnitude, not expanded.
public final class QuantityText {
    /// Longest literal read, in characters. The widest quantity needs 21; the rest is generous room for zeros.
    public static final int LENGTH_MAX = 1_000;

    private static final int INTEGER_DIGITS_MAX = 14;

    /// A long holds any 18 digits.
    private static final int LONG_DIGITS_MAX = 18;

    /// Exponents beyond it are all alike: the magnitude test below decides.
    private static final int EXPONENT_MAX = 100_000;

    private static final long[] POWERS_OF_TEN = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};
    private static final Quantity ZERO = new Quantity(BigDecimal.valueOf(0, Quantity.SCALE));

    private QuantityText() {}

    /// What was read.
    public sealed interface Reading {}

    /// A quantity, of either sign or zero.
    public record Read(Quantity quantity) implements Reading {}

    /// No quantity, and why.
    public enum Unreadable implements Reading {
        NOT_A_DECIMAL,
        TOO_LONG,
        OUT_OF_RANGE
    }

    public static Reading read(String text) {
        return read(text.toCharArray(), 0, text.length());
    }

    /// Reads `length` characters of `text` from `from`.
    public static Reading read(char[] text, int from, int length) {
        Quantity plain = plainOrNull(text, from, length);
        return plain != null ? new Read(plain) : readAny(text, from, length);
    }

    /// Digits with at most one point that fit an unscaled long as they stand; null for everything else, right or wrong.
    private static @Nullable Quantity plainOrNull(char[] text, int from, int length) {
        int end = from + length;
        boolean negative = length > 0 && text[from] == '-';
        int first = negative ? from + 1 : from;
        long unscaled = 0;
        int digits = 0;
        int point = -1;
        for (int i = first; i < end; i++) {
            char c = text[i];
            if (c >= '0' && c <= '9') {
                unscaled = unscaled * 10 + (c - '0');
                if (++digits > LONG_DIGITS_MAX) {
                    return null;
                }
            } else if (c == '.' && point < 0 && digits > 0) {
                point = i;
            } else {
                return null;
            }
        }
        int fraction = point < 0 ? 0 : end - point - 1;
        boolean leadingZero = digits - fraction > 1 && text[first] == '0';
        if (digits == 0 || leadingZero || (point >= 0 && fraction == 0) || fraction > Quantity.SCALE) {
            return null;
        }
        int missing = Quantity.SCALE - fraction;
        if (digits + missing > LONG_DIGITS_MAX) {
            return null;
        }
        long scaled = unscaled * POWERS_OF_TEN[missing];
        return new Quantity(BigDecimal.valueOf(negative ? -scaled : scaled, Quantity.SCALE));
    }

    private static Reading readAny(char[] text, int from, int length) {
        if (length > LENGTH_MAX) {
            return Unreadable.TOO_LONG;
        }
        int end = from + length;
        int at = from < end && text[from] == '-' ? from + 1 : from;
        int integerEnd = digitsEnd(text, at, end);
        if (integerEnd == at || (text[at] == '0' && integerEnd - at > 1)) {
            return Unreadable.NOT_A_DECIMAL;
        }
        int mantissaEnd = integerEnd;
        if (integerEnd < end && text[integerEnd] == '.') {
            mantissaEnd = digitsEnd(text, integerEnd + 1, end);
            if (mantissaEnd == integerEnd + 1) {
                return Unreadable.NOT_A_DECIMAL;
            }
        }
        int exponent = 0;
        if (mantissaEnd < end) {
            if (text[mantissaEnd] != 'e' && text[mantissaEnd] != 'E') {
                return Unreadable.NOT_A_DECIMAL;
            }
            int signAt = mantissaEnd + 1;
            boolean signed = signAt < end && (text[signAt] == '-' || text[signAt] == '+');
            int exponentAt = signed ? signAt + 1 : signAt;
            if (exponentAt == end || digitsEnd(text, exponentAt, end) != end) {
                return Unreadable.NOT_A_DECIMAL;
            }
            exponent = saturated(text, exponentAt, end);
            if (signed && text[signAt] == '-') {
                exponent = -exponent;
            }
        }
        return scaled(new BigDecimal(text, from, mantissaEnd - from), exponent);
    }

    private static Reading scaled(BigDecimal mantissa, int exponent) {
        if (mantissa.signum() == 0) {
            return new Read(ZERO);
        }
        // 10^(integerDigits - 1) <= |value| < 10^integerDigits
        int integerDigits = mantissa.precision() - mantissa.scale() + exponent;
        if (integerDigits > INTEGER_DIGITS_MAX) {
            return Unreadable.OUT_OF_RANGE;
        }
        if (integerDigits < -Quantity.SCALE) {
            return new Read(ZERO);
        }
        BigDecimal rounded = mantissa.scaleByPowerOfTen(exponent).setScale(Quantity.SCALE, RoundingMode.HALF_UP);
        return rounded.abs().compareTo(Quantity.MAX) > 0 ? Unreadable.OUT_OF_RANGE : new Read(new Quantity(rounded));
    }

    private static int digitsEnd(char[] text, int from, int end) {
        int i = from;
        while (i < end && text[i] >= '0' && text[i] <= '9') {
            i++;
        }
        return i;
    }

    private static int saturated(char[] text, int from, int end) {
        int value = 0;
        for (int i = from; i < end && value < EXPONENT_MAX; i++) {
            value = value * 10 + (text[i] - '0');
        }
        return Math.min(value, EXPONENT_MAX);
    }
}
