package io.tollgate.billing.audit;

import io.tollgate.billing.invoice.Invoice;
import java.time.Instant;
import java.util.List;

/// A finalized invoice with the events that it says it bills.
///
/// @param logBefore offset of the tenant's partition before which everything was taken in
public record AuditedInvoice(Invoice invoice, long logBefore, List<Rectangle> covers) {
    public AuditedInvoice {
        covers = List.copyOf(covers);
    }

    /// Events with a time in `[from, before)` that lie at offsets `[firstOffset, beforeOffset)` of the tenant's
    /// partition.
    public record Rectangle(Instant from, Instant before, long firstOffset, long beforeOffset) {
        boolean holds(Instant eventTime, long offset) {
            return !eventTime.isBefore(from)
                    && eventTime.isBefore(before)
                    && offset >= firstOffset
                    && offset < beforeOffset;
        }
    }

    /// How findings name it.
    public String name() {
        return invoice.number().orElseThrow();
    }

    String id() {
        return invoice.id().orElseThrow();
    }

    boolean covers(Instant eventTime, long offset) {
        return covers.stream().anyMatch(rectangle -> rectangle.holds(eventTime, offset));
    }
}
