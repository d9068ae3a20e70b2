package io.tollgate.ingest.correction;

import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import io.tollgate.ingest.event.Fingerprint;
import io.tollgate.ingest.event.UsageReport.Correction;
import io.tollgate.metering.quantity.Quantity;
import java.time.Instant;
import java.util.Optional;

/// An event as it was counted, and the correction of it, if there is one.
///
/// @param metadata text of a JSON object
/// @param offset of its record in `usage-events`
/// @param billedBy the finalized invoice that bills it, also if it was taken out since
public record StoredEvent(
        EventId id,
        SubjectKey subjectKey,
        MeterKey meter,
        Quantity quantity,
        Instant eventTime,
        String metadata,
        long offset,
        Optional<Made> correction,
        Optional<String> billedBy) {
    /// A correction that took effect.
    ///
    /// @param request of the request that asked for it
    /// @param at when that was taken
    /// @param replacementId the event that counts instead; present for [Correction.Kind#AMEND]
    public record Made(Correction.Kind kind, Fingerprint request, Instant at, Optional<EventId> replacementId) {}
}
