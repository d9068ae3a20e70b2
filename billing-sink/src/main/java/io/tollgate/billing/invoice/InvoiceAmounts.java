package io.tollgate.billing.invoice;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Currency;
import java.util.List;
import java.util.stream.Collectors;

/// What the lines of an invoice come to.
///
/// @param subtotal sum of the rounded lines; may be negative
/// @param taxRate of the invoice's own period
/// @param tax of the lines of each tax rate together, rounded once per rate
/// @param total at least 0
/// @param credit what is left to the tenant where the lines come to less than nothing, tax included
public record InvoiceAmounts(
        Currency currency,
        BigDecimal subtotal,
        BigDecimal taxRate,
        BigDecimal tax,
        BigDecimal total,
        BigDecimal credit) {
    /// @param taxRate 0.075 for 7.5 %
    public static InvoiceAmounts of(List<InvoiceLine> lines, Currency currency, BigDecimal taxRate) {
        int digits = currency.getDefaultFractionDigits();
        BigDecimal subtotal = lines.stream()
                .map(InvoiceLine::total)
                .reduce(BigDecimal.ZERO, BigDecimal::add)
                .setScale(digits, RoundingMode.UNNECESSARY);
        BigDecimal tax = lines.stream()
                .collect(Collectors.groupingBy(
                        line -> line.taxRate().stripTrailingZeros(),
                        Collectors.reducing(BigDecimal.ZERO, InvoiceLine::total, BigDecimal::add)))
                .entrySet()
                .stream()
                .map(taxed -> taxed.getKey().multiply(taxed.getValue()).setScale(digits, RoundingMode.HALF_UP))
                .reduce(BigDecimal.ZERO.setScale(digits), BigDecimal::add);
        BigDecimal sum = subtotal.add(tax);
        BigDecimal nothing = BigDecimal.ZERO.setScale(digits);
        return sum.signum() < 0
                ? new InvoiceAmounts(currency, subtotal, taxRate, tax, nothing, sum.negate())
                : new InvoiceAmounts(currency, subtotal, taxRate, tax, sum, nothing);
    }
}
