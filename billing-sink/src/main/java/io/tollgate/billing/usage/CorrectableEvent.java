package io.tollgate.billing.usage;

import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// An event as it was counted, with what was made of it since.
///
/// @param metadata text of a JSON object
/// @param billedBy the finalized invoice that bills it, and goes on doing so when it is taken out: the next one gives
/// it
///     back
public record CorrectableEvent(
        EventId id,
        SubjectKey subject,
        MeterKey meter,
        BigDecimal quantity,
        Instant occurredAt,
        String metadata,
        LogPlace place,
        Optional<EventCorrection> correction,
        Optional<String> billedBy) {}
