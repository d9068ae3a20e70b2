package io.tollgate.billing.invoice;

import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.meter.Operation;

/// How a meter comes onto invoices.
///
/// @param operation by which its value comes from quantities
/// @param byStripe whether Stripe prices and bills it: its lines cost nothing here
public record MeterBilling(Operation operation, boolean byStripe) {
    /// How meters are defined. Thread-safe.
    public interface Source {
        /// Of a meter that nobody defined: summed, and billed here.
        MeterBilling of(SubjectKey subject, String meter);
    }
}
