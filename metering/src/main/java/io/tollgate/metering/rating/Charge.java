package io.tollgate.metering.rating;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Currency;
import java.util.List;

/// What a meter costs in a period. Kept as a quotient, because a fee that is shared out over 31 days has no last digit.
///
/// @param dividend divided by `divisor` the exact amount, at least 0
/// @param divisor greater than 0
/// @param parts why it is so much
public record Charge(BigDecimal dividend, BigDecimal divisor, List<ChargePart> parts) {
    private static final int SHOWN_SCALE = 6;

    public static final Charge NOTHING = new Charge(BigDecimal.ZERO, BigDecimal.ONE, List.of());

    public Charge {
        parts = List.copyOf(parts);
        if (dividend.signum() < 0 || divisor.signum() <= 0) {
            throw new IllegalArgumentException("a charge is at least 0");
        }
    }

    /// Rounded HALF_UP to the currency's minor unit (ISO 4217): the amount of an invoice line.
    public BigDecimal amount(Currency currency) {
        return dividend.divide(divisor, currency.getDefaultFractionDigits(), RoundingMode.HALF_UP);
    }

    /// Amount by quantity, rounded to 6 places; for display, never multiplied again. 0 without quantity.
    public static BigDecimal shownUnitPrice(BigDecimal amount, BigDecimal quantity) {
        return quantity.signum() == 0
                ? BigDecimal.ZERO.setScale(SHOWN_SCALE)
                : amount.divide(quantity, SHOWN_SCALE, RoundingMode.HALF_UP);
    }
}
