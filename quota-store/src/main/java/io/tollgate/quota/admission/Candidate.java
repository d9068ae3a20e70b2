package io.tollgate.quota.admission;

import io.tollgate.contract.EventId;
import java.math.BigDecimal;
import java.time.Instant;

/// One event that a gateway would write.
///
/// @param keyed whether the id stands for an idempotency key; else it is fresh and never a duplicate
/// @param fingerprint at least the first 16 bytes of the payload's digest
/// @param quantity scale 6; negative and zero ones never need room
public record Candidate(
        EventId eventId, boolean keyed, byte[] fingerprint, String meter, BigDecimal quantity, Instant eventTime) {}
