package io.tollgate.billing.invoice;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The invoices of all organizations. Thread-safe; every change is one transaction, in which it is also audited and
/// told to webhook endpoints.
public interface Invoices {
    /// What an invoice is made of.
    ///
    /// @param before the log offset before which the tenant's events are all stored
    /// @param metadata text of a JSON object
    record Order(
            OrganizationId organizationId,
            TenantId tenantId,
            BillingPeriod period,
            BillingTerms terms,
            long before,
            String metadata) {
        /// The same over more of the log, where that is known to be stored: an invoice never looks at less than one
        /// before it did.
        public Order atLeast(long offset) {
            return new Order(organizationId, tenantId, period, terms, Math.max(before, offset), metadata);
        }
    }

    /// How a draft is frozen.
    ///
    /// @param due when it is to be paid; empty: by the terms
    /// @param mailed whether the tenant is told by mail, if it has an address
    record Finishing(BillingTerms terms, long before, Optional<Instant> due, boolean mailed) {}

    /// Makes a draft of all events of the period that no other live invoice bills, and of what others have missed.
    InvoiceOutcome draft(Order order, Actor actor);

    /// The same without storing anything; neither number nor id.
    InvoiceOutcome preview(Order order);

    Optional<Invoice> find(OrganizationId organizationId, String id);

    /// Newest first, without lines.
    List<Invoice> list(InvoiceQuery query);

    /// Makes the lines of a draft anew, over all events that are stored by now and by the prices of now.
    InvoiceOutcome recalculate(OrganizationId organizationId, String id, BillingTerms terms, long before, Actor actor);

    /// Calculates a draft for the last time, freezes it and proves what it bills.
    InvoiceOutcome finish(OrganizationId organizationId, String id, Finishing finishing, Actor actor);

    InvoiceOutcome pay(
            OrganizationId organizationId, String id, Instant paidAt, Optional<String> reference, Actor actor);

    /// Makes it void: what it covers may be billed again.
    InvoiceOutcome cancel(OrganizationId organizationId, String id, String reason, Actor actor);

    /// Turns what is not paid when it was due into [InvoiceStatus#OVERDUE].
    void markOverdue();
}
