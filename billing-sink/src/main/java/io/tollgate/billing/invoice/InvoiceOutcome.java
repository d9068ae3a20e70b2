package io.tollgate.billing.invoice;

import java.util.Currency;
import java.util.Set;

/// What became of an order or a change.
public sealed interface InvoiceOutcome {
    record Done(Invoice invoice) implements InvoiceOutcome {}

    /// A live invoice of the tenant has a part of the period.
    record Overlaps(String invoiceId) implements InvoiceOutcome {}

    /// Its state does not allow the change.
    record Forbidden(InvoiceStatus status) implements InvoiceOutcome {}

    /// It cannot be made void: another live invoice adjusts it.
    record AdjustedBy(String invoiceId) implements InvoiceOutcome {}

    /// It cannot be made void: the credit that it left has paid another invoice.
    record CreditUsed() implements InvoiceOutcome {}

    /// It cannot be made void: a part of it was given back by credit notes.
    record Credited() implements InvoiceOutcome {}

    /// The tenant's prices are in several currencies; an invoice has one.
    record MixedCurrencies(Set<Currency> currencies) implements InvoiceOutcome {
        public MixedCurrencies {
            currencies = Set.copyOf(currencies);
        }
    }

    /// The tenant used nothing in the period and nothing is owed without use.
    record NothingToBill() implements InvoiceOutcome {}

    record Absent() implements InvoiceOutcome {}
}
