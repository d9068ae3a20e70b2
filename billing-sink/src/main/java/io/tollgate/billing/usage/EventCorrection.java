package io.tollgate.billing.usage;

import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// A counted event that counts no longer, as it is stored. Valid once it exists.
///
/// @param id of the command that took effect
/// @param quantity, occurredAt of the event
/// @param replacementId the event that counts in its place; present for [Kind#AMEND]
/// @param actor who asked, as in the audit trail
/// @param fingerprint of the request; not copied, not to be changed
/// @param receivedAt when the request was taken
/// @param partition, offset of the command in `usage-events`
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record EventCorrection(
        UUID id,
        Kind kind,
        EventId eventId,
        Optional<EventId> replacementId,
        SubjectKey subject,
        MeterKey meter,
        BigDecimal quantity,
        Instant occurredAt,
        String reason,
        String actor,
        Optional<String> requestId,
        byte[] fingerprint,
        Instant receivedAt,
        int partition,
        long offset) {
    public EventCorrection {
        Storable.quantity(quantity);
        Storable.time("event time", occurredAt);
        Storable.time("arrival", receivedAt);
        if ((kind == Kind.AMEND) != replacementId.isPresent()) {
            throw new IllegalArgumentException("an amendment has a replacement, and a void has none");
        }
    }

    /// What became of the event.
    public enum Kind {
        /// It was taken out.
        VOID("VOIDED"),
        /// It was taken out and replaced.
        AMEND("AMENDED");

        private final String status;

        Kind(String status) {
            this.status = status;
        }

        /// Status of the event since.
        public String status() {
            return status;
        }
    }
}
