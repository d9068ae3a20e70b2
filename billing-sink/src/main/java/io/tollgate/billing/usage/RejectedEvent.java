package io.tollgate.billing.usage;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// A rejected event as it is read back.
///
/// @param metadata text of a JSON object
/// @param rejectedAt when its record was appended to the log, or when the sink found it stored already
/// @param place where it lies in `usage-events`
public record RejectedEvent(
        String id,
        Optional<String> tenantId,
        String meter,
        BigDecimal quantity,
        String metadata,
        Instant occurredAt,
        Optional<String> idempotencyKey,
        Instant receivedAt,
        Instant rejectedAt,
        String reason,
        String detail,
        LogPlace place) {}
