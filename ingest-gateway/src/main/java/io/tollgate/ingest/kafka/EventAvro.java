package io.tollgate.ingest.kafka;

import io.tollgate.event.CorrectionCommand;
import io.tollgate.event.CorrectionKind;
import io.tollgate.event.Fingerprint;
import io.tollgate.event.ReservationCommand;
import io.tollgate.event.ReservedItem;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.Correction;
import io.tollgate.ingest.event.UsageReport.NewEvent;
import io.tollgate.ingest.event.UsageReport.ReservationStep;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reports as records of `usage-events`.
final class EventAvro {
    private EventAvro() {}

    static UsageBatch toAvro(UsageReport report, SubjectBatch batch) {
        List<UsageEvent> events = new ArrayList<>(batch.events().size());
        for (NewEvent event : batch.events()) {
            events.add(toAvro(event));
        }
        return new UsageBatch(
                report.id().value(),
                batch.subjectKey().organizationId().value(),
                batch.subjectKey().subject().value(),
                report.zone().getId(),
                report.acceptedAt(),
                events,
                admission(batch.admission()),
                step(batch.step()),
                null,
                correction(batch.correction()));
    }

    private static @Nullable CorrectionCommand correction(@Nullable Correction correction) {
        return correction == null
                ? null
                : new CorrectionCommand(
                        correction.id(),
                        switch (correction.kind()) {
                            case VOID -> CorrectionKind.VOID;
                            case AMEND -> CorrectionKind.AMEND;
                        },
                        correction.eventId().value(),
                        correction.meter().value(),
                        correction.quantity().value(),
                        correction.eventTime(),
                        correction.offset(),
                        correction.reason(),
                        correction.actor(),
                        correction.requestId(),
                        new Fingerprint(correction.fingerprint().bytes()));
    }

    private static @Nullable ReservationCommand step(@Nullable ReservationStep step) {
        return step == null
                ? null
                : new ReservationCommand(
                        switch (step.kind()) {
                            case RESERVE -> io.tollgate.event.ReservationStep.RESERVE;
                            case SETTLE -> io.tollgate.event.ReservationStep.SETTLE;
                            case RELEASE -> io.tollgate.event.ReservationStep.RELEASE;
                        },
                        step.expiresAt(),
                        step.items().stream()
                                .map(item -> new ReservedItem(
                                        item.id().value(), item.meter(), item.quantity(), item.ceiling()))
                                .toList());
    }

    private static io.tollgate.event.@Nullable Admission admission(UsageReport.@Nullable Admission admission) {
        return admission == null
                ? null
                : new io.tollgate.event.Admission(admission.id().value(), admission.epoch(), admission.admittedAt());
    }

    private static UsageEvent toAvro(NewEvent entry) {
        ReportedEvent event = entry.event();
        return new UsageEvent(
                entry.id().value(),
                event.idempotencyKey(),
                new Fingerprint(event.fingerprint().bytes()),
                event.meter().value(),
                event.quantity().value(),
                event.eventTime(),
                event.metadata(),
                entry.ceiling(),
                entry.graceStart());
    }
}
