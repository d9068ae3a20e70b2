package io.tollgate.billing.invoice.http;

import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceOutcome;
import io.tollgate.billing.invoice.InvoiceStatus;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.util.Currency;
import java.util.Map;
import java.util.stream.Collectors;

/// What routes say when something cannot be done to an invoice.
final class InvoiceProblems {
    private InvoiceProblems() {}

    static Invoice done(InvoiceOutcome outcome) {
        return switch (outcome) {
            case InvoiceOutcome.Done done -> done.invoice();
            case InvoiceOutcome.Overlaps overlaps ->
                throw Problem.of(
                                ErrorCode.INVOICE_EXISTS,
                                "Invoice " + overlaps.invoiceId() + " of this tenant has a part of the period. Void it"
                                        + " first, or choose another period.")
                        .withDetails(Map.of("invoice_id", overlaps.invoiceId()));
            case InvoiceOutcome.Forbidden forbidden ->
                throw forbidden(forbidden.status(), "cannot be changed in this way");
            case InvoiceOutcome.AdjustedBy adjusted ->
                throw Problem.of(
                                ErrorCode.INVALID_STATE,
                                "Invoice " + adjusted.invoiceId() + " adjusts this one. Void that one first, or make a"
                                        + " credit note.")
                        .withDetails(Map.of("invoice_id", adjusted.invoiceId()));
            case InvoiceOutcome.CreditUsed used ->
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "The credit that this invoice left has paid another one. Void that one first.");
            case InvoiceOutcome.Credited credited ->
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "A part of this invoice was given back. Make another credit note for the rest.");
            case InvoiceOutcome.MixedCurrencies mixed ->
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "Price models of this tenant are in "
                                + mixed.currencies().stream()
                                        .map(Currency::getCurrencyCode)
                                        .sorted()
                                        .collect(Collectors.joining(", "))
                                + "; an invoice has one currency.");
            case InvoiceOutcome.NothingToBill nothing ->
                throw Problem.of(ErrorCode.INVALID_STATE, "There is nothing to bill in this period.");
            case InvoiceOutcome.Absent absent -> throw noInvoice();
        };
    }

    static Problem forbidden(InvoiceStatus status, String why) {
        return Problem.of(ErrorCode.INVALID_STATE, "The invoice is " + status.name() + " and " + why + ".");
    }

    static Problem noInvoice() {
        return Problem.of(ErrorCode.NOT_FOUND, "Invoice not found");
    }
}
