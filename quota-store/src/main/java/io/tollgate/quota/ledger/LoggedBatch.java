package io.tollgate.quota.ledger;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A record of `usage-events` as the ledger judges it.
///
/// @param subjectKey `organization/subject`
/// @param zone in which the record counts
/// @param appendedAt the broker's clock
/// @param stamp the owner's consent that the record carries; empty for unchecked and foreign records
/// @param step what it does to reservations; empty for plain events
/// @param correction which counted event it takes out; empty for plain events
public record LoggedBatch(
        String subjectKey,
        ZoneId zone,
        long offset,
        Instant appendedAt,
        Optional<Stamp> stamp,
        List<LoggedEvent> events,
        Optional<LoggedStep> step,
        Optional<LoggedCorrection> correction) {
    /// A record that takes nothing out.
    public LoggedBatch(
            String subjectKey,
            ZoneId zone,
            long offset,
            Instant appendedAt,
            Optional<Stamp> stamp,
            List<LoggedEvent> events,
            Optional<LoggedStep> step) {
        this(subjectKey, zone, offset, appendedAt, stamp, events, step, Optional.empty());
    }

    /// An owner's consent.
    public record Stamp(UUID admissionId, UUID epoch, Instant admittedAt) {}
}
