package io.tollgate.billing.usage.kafka;

import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.CounterValue;
import io.tollgate.billing.usage.EventCorrection;
import io.tollgate.billing.usage.LogPlace;
import io.tollgate.billing.usage.RefusedEvent;
import io.tollgate.contract.EventId;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.event.AcceptedEvent;
import io.tollgate.event.EventCorrected;
import io.tollgate.event.RejectedEvent;
import io.tollgate.event.UsageWindow;
import io.tollgate.event.WindowKind;
import java.util.Optional;

/// The consumed contracts as rows. Throws [IllegalArgumentException] for a value that the contract allows in form but
/// not in meaning; it can never be stored.
final class UsageAvro {
    private UsageAvro() {}

    static CountedEvent fromAvro(AcceptedEvent event) {
        return new CountedEvent(
                new EventId(event.getEventId()),
                subject(event.getOrganizationId(), event.getSubject()),
                new MeterKey(event.getMeter()),
                event.getQuantity(),
                event.getEventTime(),
                event.getAcceptedAt(),
                Optional.ofNullable(event.getIdempotencyKey()),
                event.getFingerprint().bytes(),
                Optional.ofNullable(event.getMetadata()),
                new LogPlace(event.getSourcePartition(), event.getSourceOffset(), event.getSourceIndex()));
    }

    static RefusedEvent fromAvro(RejectedEvent event) {
        return new RefusedEvent(
                event.getEventId(),
                event.getOrganizationId(),
                event.getSubject(),
                event.getMeter(),
                event.getQuantity(),
                event.getEventTime(),
                event.getAcceptedAt(),
                event.getAppendedAt(),
                event.getReason().name(),
                event.getDetail(),
                Optional.ofNullable(event.getIdempotencyKey()),
                Optional.ofNullable(event.getMetadata()),
                new LogPlace(event.getSourcePartition(), event.getSourceOffset(), event.getSourceIndex()));
    }

    static EventCorrection fromAvro(EventCorrected corrected) {
        EventCorrection.Kind kind = switch (corrected.getKind()) {
            case VOID -> EventCorrection.Kind.VOID;
            case AMEND -> EventCorrection.Kind.AMEND;
            case UNKNOWN ->
                throw new IllegalArgumentException("the kind of the correction is not one that this version knows");
        };
        return new EventCorrection(
                corrected.getId(),
                kind,
                new EventId(corrected.getEventId()),
                Optional.ofNullable(corrected.getReplacementId()).map(EventId::new),
                subject(corrected.getOrganizationId(), corrected.getSubject()),
                new MeterKey(corrected.getMeter()),
                corrected.getQuantity(),
                corrected.getEventTime(),
                corrected.getReason(),
                corrected.getActor(),
                Optional.ofNullable(corrected.getRequestId()),
                corrected.getFingerprint().bytes(),
                corrected.getAcceptedAt(),
                corrected.getSourcePartition(),
                corrected.getSourceOffset());
    }

    static CounterValue fromAvro(UsageWindow window) {
        if (window.getWindowKind() == WindowKind.UNKNOWN) {
            throw new IllegalArgumentException("the kind of the window is not one that this version knows");
        }
        return new CounterValue(
                subject(window.getOrganizationId(), window.getSubject()),
                new MeterKey(window.getMeter()),
                window.getWindowKind().name(),
                window.getWindowStart(),
                window.getWindowEnd(),
                window.getEventCount(),
                window.getQuantitySum(),
                Optional.ofNullable(window.getQuantityMin()),
                Optional.ofNullable(window.getQuantityMax()),
                window.getDuplicateCount(),
                window.getRejectedCount(),
                window.getSourcePartition(),
                window.getSourceOffset(),
                window.getUpdatedAt());
    }

    private static SubjectKey subject(String organizationId, String subject) {
        return new SubjectKey(new OrganizationId(organizationId), new SubjectId(subject));
    }
}
