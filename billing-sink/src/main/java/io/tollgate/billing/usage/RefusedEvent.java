package io.tollgate.billing.usage;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// A logged event that does not count, as it is stored. Names are kept as they were logged, valid or not.
///
/// @param rejectedAt when its record was appended to the log
/// @param reason word of the contract of `rejected-events`
/// @param place where it lies in `usage-events`
public record RefusedEvent(
        String id,
        String organizationId,
        String subject,
        String meter,
        BigDecimal quantity,
        Instant occurredAt,
        Instant receivedAt,
        Instant rejectedAt,
        String reason,
        String detail,
        Optional<String> idempotencyKey,
        Optional<String> metadata,
        LogPlace place) {
    /// Longest name in characters: far above what a gateway takes, and within what an index entry can hold.
    private static final int NAME_LENGTH_MAX = 255;

    public RefusedEvent {
        if (id.length() > NAME_LENGTH_MAX || organizationId.length() > NAME_LENGTH_MAX) {
            throw new IllegalArgumentException("an id has more than " + NAME_LENGTH_MAX + " characters");
        }
        Storable.quantity(quantity);
        Storable.time("event time", occurredAt);
        Storable.time("arrival", receivedAt);
        Storable.time("rejection", rejectedAt);
    }
}
