package io.tollgate.billing.usage;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Which stored events are asked for.
///
/// @param tenants only of these; empty: of all subjects
/// @param meters only of these; empty: of all
/// @param from event time at or after it
/// @param before event time before it
/// @param status only in this state
/// @param invoiceId only those that this invoice bills
/// @param billed only those that a finalized invoice bills, or only the others
/// @param limit most events
/// @param after only events that come after this place, newest first
public record EventQuery(
        OrganizationId organizationId,
        List<String> tenants,
        List<String> meters,
        Optional<Instant> from,
        Optional<Instant> before,
        Optional<String> status,
        Optional<String> invoiceId,
        Optional<Boolean> billed,
        int limit,
        Optional<EventCursor> after) {
    public EventQuery {
        tenants = List.copyOf(tenants);
        meters = List.copyOf(meters);
    }

    /// Of whatever invoice.
    public EventQuery(
            OrganizationId organizationId,
            List<String> tenants,
            List<String> meters,
            Optional<Instant> from,
            Optional<Instant> before,
            Optional<String> status,
            int limit,
            Optional<EventCursor> after) {
        this(organizationId, tenants, meters, from, before, status, Optional.empty(), Optional.empty(), limit, after);
    }

    /// Whether it matters on which invoice an event is.
    public boolean asksForInvoices() {
        return invoiceId.isPresent() || billed.isPresent();
    }
}
