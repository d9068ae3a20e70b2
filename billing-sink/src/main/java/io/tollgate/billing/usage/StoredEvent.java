package io.tollgate.billing.usage;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// An event as it is read back.
///
/// @param metadata text of a JSON object
/// @param amends id of the event that it replaces
/// @param voidedBy who took it out, alone or for another
/// @param billed absent while no invoice bills it
public record StoredEvent(
        String id,
        Optional<String> tenantId,
        String meter,
        BigDecimal quantity,
        String metadata,
        Instant occurredAt,
        Optional<String> idempotencyKey,
        Instant receivedAt,
        String status,
        Optional<String> amends,
        Optional<String> voidedBy,
        Optional<Billed> billed) {
    /// The invoice that bills it.
    ///
    /// @param at when that was finalized; empty while it is a draft
    public record Billed(String invoiceId, Optional<Instant> at) {}
}
