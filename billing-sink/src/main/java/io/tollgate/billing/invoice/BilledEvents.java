package io.tollgate.billing.invoice;

import io.tollgate.billing.proof.Inclusion;
import io.tollgate.contract.OrganizationId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The events of invoices. Thread-safe.
public interface BilledEvents {
    /// Most events whose effects [#changes] tells.
    int CHANGES_MAX = 1_000;

    record Event(String id, String meter, BigDecimal quantity, Instant occurredAt, Instant receivedAt) {}

    /// What one event changed about a finalized invoice.
    ///
    /// @param amount by which the invoice would be higher, were it calculated anew after this event and before the next
    /// @param adjustedBy the invoice that bills the difference; empty: none does yet
    record Change(
            String eventId,
            InvoiceLine.Cause cause,
            String meter,
            BigDecimal before,
            BigDecimal after,
            BigDecimal amount,
            Optional<String> adjustedBy) {}

    /// Exactly the events that the invoice covers, by id.
    ///
    /// @param after id of the last one seen
    List<Event> list(String invoiceId, Optional<String> meter, Optional<String> after, int limit);

    /// That an event is in the proof of a finalized invoice; empty if it is not.
    Optional<Inclusion> inclusion(Invoice invoice, String eventId);

    /// Why the bill of the invoice's period changed since, in the order of the log; at most [#CHANGES_MAX].
    List<Change> changes(OrganizationId organizationId, Invoice invoice);
}
