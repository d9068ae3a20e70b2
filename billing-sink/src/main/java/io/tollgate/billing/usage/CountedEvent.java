package io.tollgate.billing.usage;

import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// An event that counts, as it is stored. Valid once it exists.
///
/// @param occurredAt event time
/// @param receivedAt when a gateway took it
/// @param fingerprint SHA-256 of the canonical payload; not copied, not to be changed
/// @param metadata text of a JSON object
/// @param place where it lies in `usage-events`
@SuppressWarnings("ArrayRecordComponent") // Never compared; a wrapper would cost an object per event.
public record CountedEvent(
        EventId id,
        SubjectKey subject,
        MeterKey meter,
        BigDecimal quantity,
        Instant occurredAt,
        Instant receivedAt,
        Optional<String> idempotencyKey,
        byte[] fingerprint,
        Optional<String> metadata,
        LogPlace place) {
    public CountedEvent {
        Storable.quantity(quantity);
        Storable.time("event time", occurredAt);
        Storable.time("arrival", receivedAt);
    }
}
