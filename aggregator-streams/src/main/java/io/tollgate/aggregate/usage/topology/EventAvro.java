package io.tollgate.aggregate.usage.topology;

import io.tollgate.aggregate.usage.Verdict;
import io.tollgate.event.AcceptedEvent;
import io.tollgate.event.CorrectionCommand;
import io.tollgate.event.EventCorrected;
import io.tollgate.event.RejectReason;
import io.tollgate.event.RejectedEvent;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;

/// Translates judged events into the contracts of the output topics.
final class EventAvro {
    private EventAvro() {}

    static AcceptedEvent toAccepted(UsageBatch batch, int index, LogPlace place) {
        UsageEvent event = batch.getEvents().get(index);
        AcceptedEvent accepted = new AcceptedEvent();
        accepted.setEventId(event.getEventId());
        accepted.setOrganizationId(batch.getOrganizationId());
        accepted.setSubject(batch.getSubject());
        accepted.setMeter(event.getMeter());
        accepted.setQuantity(event.getQuantity());
        accepted.setEventTime(event.getEventTime());
        accepted.setAcceptedAt(batch.getAcceptedAt());
        accepted.setAppendedAt(place.appendedAt());
        accepted.setIdempotencyKey(event.getIdempotencyKey());
        accepted.setFingerprint(event.getFingerprint());
        accepted.setMetadata(event.getMetadata());
        accepted.setSourcePartition(place.partition());
        accepted.setSourceOffset(place.offset());
        accepted.setSourceIndex(index);
        return accepted;
    }

    static RejectedEvent toRejected(UsageBatch batch, int index, LogPlace place, Verdict.Rejected verdict) {
        UsageEvent event = batch.getEvents().get(index);
        RejectedEvent rejected = new RejectedEvent();
        rejected.setReason(toAvro(verdict.reason()));
        rejected.setDetail(verdict.detail());
        rejected.setEventId(event.getEventId());
        rejected.setOrganizationId(batch.getOrganizationId());
        rejected.setSubject(batch.getSubject());
        rejected.setMeter(event.getMeter());
        rejected.setQuantity(representable(event.getQuantity()));
        rejected.setEventTime(event.getEventTime());
        rejected.setAcceptedAt(batch.getAcceptedAt());
        rejected.setAppendedAt(place.appendedAt());
        rejected.setIdempotencyKey(event.getIdempotencyKey());
        rejected.setMetadata(event.getMetadata());
        rejected.setSourcePartition(place.partition());
        rejected.setSourceOffset(place.offset());
        rejected.setSourceIndex(index);
        return rejected;
    }

    static EventCorrected toCorrected(UsageBatch batch, CorrectionCommand command, LogPlace place) {
        EventCorrected corrected = new EventCorrected();
        corrected.setId(command.getId());
        corrected.setKind(command.getKind());
        corrected.setEventId(command.getEventId());
        corrected.setReplacementId(
                batch.getEvents().isEmpty()
                        ? null
                        : batch.getEvents().getFirst().getEventId());
        corrected.setOrganizationId(batch.getOrganizationId());
        corrected.setSubject(batch.getSubject());
        corrected.setMeter(command.getMeter());
        corrected.setQuantity(command.getQuantity());
        corrected.setEventTime(command.getEventTime());
        corrected.setReason(command.getReason());
        corrected.setActor(command.getActor());
        corrected.setRequestId(command.getRequestId());
        corrected.setFingerprint(command.getFingerprint());
        corrected.setAcceptedAt(batch.getAcceptedAt());
        corrected.setAppendedAt(place.appendedAt());
        corrected.setSourcePartition(place.partition());
        corrected.setSourceOffset(place.offset());
        return corrected;
    }

    /// What the contract of rejected events can hold; a quantity past it is reported as 0, and the detail says why.
    private static BigDecimal representable(BigDecimal quantity) {
        return quantity.abs().compareTo(Quantity.MAX) <= 0 ? quantity : BigDecimal.ZERO.setScale(Quantity.SCALE);
    }

    private static RejectReason toAvro(Verdict.Reason reason) {
        return switch (reason) {
            case IDEMPOTENCY_KEY_REUSED -> RejectReason.IDEMPOTENCY_KEY_REUSED;
            case MALFORMED -> RejectReason.MALFORMED;
            case MISROUTED -> RejectReason.MISROUTED;
            case QUOTA_BACKSTOP -> RejectReason.QUOTA_BACKSTOP;
            case LATE -> RejectReason.LATE;
            case NOT_AMENDED -> RejectReason.NOT_AMENDED;
        };
    }
}
