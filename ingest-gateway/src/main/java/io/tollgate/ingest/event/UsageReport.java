package io.tollgate.ingest.event;

import io.tollgate.contract.BatchId;
import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.ReservationId;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The new events of one request, as they go into the log.
///
/// @param zone of the organization, which decides the day and month windows of the events
/// @param acceptedAt arrival of the request
/// @param batches one per subject, in the order in which the subjects first appear; empty if nothing is new
public record UsageReport(BatchId id, ZoneId zone, Instant acceptedAt, List<SubjectBatch> batches) {

    /// The new events of one subject, in request order; one record of the log. Empty only where it is a step in the
    /// life of reservations without an event.
    ///
    /// @param admission the owner's consent; null before it is asked, and for what is written unchecked
    /// @param step what the record does to reservations of the subject; null for plain events
    /// @param correction which counted event the record takes out; null for plain events
    public record SubjectBatch(
            SubjectKey subjectKey,
            List<NewEvent> events,
            @Nullable Admission admission,
            @Nullable ReservationStep step,
            @Nullable Correction correction) {
        public SubjectBatch(SubjectKey subjectKey, List<NewEvent> events) {
            this(subjectKey, events, null, null, null);
        }

        public SubjectBatch(
                SubjectKey subjectKey, List<NewEvent> events, Admission admission, @Nullable ReservationStep step) {
            this(subjectKey, events, admission, step, null);
        }

        public SubjectBatch(SubjectKey subjectKey, List<NewEvent> events, Admission admission) {
            this(subjectKey, events, admission, null, null);
        }

        /// A correction: of nothing else than the event that replaces the one that is taken out, if any.
        public SubjectBatch(SubjectKey subjectKey, List<NewEvent> events, Correction correction) {
            this(subjectKey, events, null, null, correction);
        }

        /// These of its events, with the consent of their owner.
        public SubjectBatch admitted(List<NewEvent> admitted, @Nullable Admission consent) {
            return new SubjectBatch(subjectKey, admitted, consent, step, correction);
        }
    }

    /// A counted event that is to count no longer.
    ///
    /// @param id made anew for each attempt
    /// @param meter, quantity, eventTime as it was counted
    /// @param offset of its record, which lies in the same partition
    /// @param reason 1 to 500 characters
    /// @param actor who asked, as in the audit trail
    /// @param fingerprint tells the same request sent again from another one
    public record Correction(
            UUID id,
            Kind kind,
            EventId eventId,
            MeterKey meter,
            Quantity quantity,
            Instant eventTime,
            long offset,
            String reason,
            String actor,
            @Nullable String requestId,
            Fingerprint fingerprint) {
        /// What becomes of the event.
        public enum Kind {
            /// It is taken out.
            VOID,
            /// It is taken out and replaced by the record's only event, both or neither.
            AMEND
        }
    }

    /// A step in the life of reservations.
    ///
    /// @param expiresAt of what is reserved; null for other kinds than [Kind#RESERVE]
    /// @param items 1 to [io.tollgate.quota.admission.ReservationRequest.Reserve#ITEMS_MAX]
    public record ReservationStep(Kind kind, @Nullable Instant expiresAt, List<ReservedItem> items) {
        /// The steps that a gateway writes.
        public enum Kind {
            /// The items are held from now on, together.
            RESERVE,
            /// The record's only event is recorded against the one item, and the rest is free.
            SETTLE,
            /// The item is free.
            RELEASE
        }
    }

    /// @param quantity held, recorded or given back
    /// @param ceiling of the quota under which it is held; null if nothing bounds it, and for other kinds than RESERVE
    public record ReservedItem(
            ReservationId id,
            String meter,
            BigDecimal quantity,
            @Nullable BigDecimal ceiling) {}

    /// @param ceiling what the window of its quota may hold at most; null if nothing bounds it
    /// @param graceStart when the grace began that it was admitted by; null if it needed none
    public record NewEvent(
            EventId id,
            ReportedEvent event,
            @Nullable BigDecimal ceiling,
            @Nullable Instant graceStart) {
        public NewEvent(EventId id, ReportedEvent event) {
            this(id, event, null, null);
        }

        public boolean bounded() {
            return ceiling != null;
        }
    }

    /// An owner's consent to one record.
    ///
    /// @param partition whose owner it was
    /// @param epoch of its ledger
    /// @param admittedAt by its clock
    public record Admission(AdmissionId id, int partition, UUID epoch, Instant admittedAt) {}
}
