package io.tollgate.http;

import java.util.Currency;

/// Currencies as requests name them.
public final class CurrencyCode {
    private CurrencyCode() {}

    /// @throws IllegalArgumentException if ISO 4217 has no such currency, or one that nobody pays with
    public static Currency read(String code) {
        try {
            Currency currency = Currency.getInstance(code);
            if (currency.getDefaultFractionDigits() >= 0) {
                return currency;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("must be an ISO 4217 code such as USD", e);
        }
        throw new IllegalArgumentException("must be a currency with a minor unit, such as USD");
    }
}
