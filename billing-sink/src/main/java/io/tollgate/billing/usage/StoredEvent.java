package io.tollgate.billing.usage;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// An event as it is read back.
///
/// @param metadata text of a JSON object
/// @param amends id of the event that it replaces
/// @param voidedBy who took it out, alone or for another
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
        Optional<String> voidedBy) {}
