package io.tollgate.ingest.reservation;

import io.tollgate.contract.BatchId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.Admission;
import io.tollgate.ingest.event.UsageReport.NewEvent;
import io.tollgate.ingest.event.UsageReport.ReservationStep;
import io.tollgate.ingest.event.UsageReport.ReservedItem;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationAnswer.Granted;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What owners are asked about reservations, and the one record that each granted step is. Pure.
final class ReservationRecords {
    private final int partitions;
    private final RandomGenerator random;

    /// @param partitions of the log
    /// @param random for the ids of admissions and requests
    ReservationRecords(int partitions, RandomGenerator random) {
        this.partitions = partitions;
        this.random = random;
    }

    ReservationRequest.Reserve ask(SubjectKey subjectKey, ZoneId zone, ReservationOrder order) {
        String recordKey = subjectKey.recordKey();
        int partition = Partitioning.partitionOf(subjectKey.recordKeyBytes(), partitions);
        List<ReservationRequest.Item> items = new ArrayList<>(order.items().size());
        for (ReservationOrder.Item item : order.items()) {
            ReservationId id = item.key()
                    .map(key -> ReservationId.derived(partition, recordKey, key.idempotencyKey(), key.index()))
                    .orElseGet(() -> ReservationId.random(partition));
            items.add(new ReservationRequest.Item(
                    id, item.meter().value(), item.quantity().value()));
        }
        return new ReservationRequest.Reserve(admissionId(), partition, recordKey, zone, items, order.timeToLive());
    }

    ReservationRequest.Settle ask(Held held, ZoneId zone, ReportedEvent event) {
        ReservationId id = held.reservation().id();
        return new ReservationRequest.Settle(
                admissionId(),
                id.partition(),
                held.subjectKey().recordKey(),
                zone,
                id,
                new Candidate(
                        held.eventId(),
                        true,
                        event.fingerprint().bytes(),
                        event.meter().value(),
                        event.quantity().value(),
                        event.eventTime()));
    }

    ReservationRequest.Release ask(Held held) {
        ReservationId id = held.reservation().id();
        return new ReservationRequest.Release(
                admissionId(), id.partition(), held.subjectKey().recordKey(), id);
    }

    private AdmissionId admissionId() {
        return new AdmissionId(new UUID(random.nextLong(), random.nextLong()));
    }

    UsageReport reserved(ReservationRequest.Reserve request, SubjectKey subjectKey, Granted granted, Instant now) {
        List<ReservedItem> items = new ArrayList<>(granted.reservations().size());
        for (int i = 0; i < granted.reservations().size(); i++) {
            Reservation reservation = granted.reservations().get(i);
            items.add(item(
                    reservation,
                    reservation.quantity(),
                    granted.ceilings().get(i).orElse(null)));
        }
        ReservationStep step = new ReservationStep(
                ReservationStep.Kind.RESERVE, granted.reservations().getFirst().expiresAt(), items);
        return report(request, subjectKey, request.zone(), List.of(), step, granted, now);
    }

    UsageReport settled(
            ReservationRequest.Settle request, Held held, ReportedEvent event, Granted granted, Instant now) {
        Optional<BigDecimal> ceiling = granted.ceilings().getFirst();
        return report(
                request,
                held.subjectKey(),
                request.zone(),
                List.of(new NewEvent(request.event().eventId(), event, ceiling.orElse(null), null)),
                only(ReservationStep.Kind.SETTLE, held, event.quantity().value()),
                granted,
                now);
    }

    UsageReport released(ReservationRequest.Release request, Held held, ZoneId zone, Granted granted, Instant now) {
        return report(
                request,
                held.subjectKey(),
                zone,
                List.of(),
                only(ReservationStep.Kind.RELEASE, held, held.reservation().quantity()),
                granted,
                now);
    }

    private static ReservationStep only(ReservationStep.Kind kind, Held held, BigDecimal quantity) {
        return new ReservationStep(kind, null, List.of(item(held.reservation(), quantity, null)));
    }

    private static ReservedItem item(Reservation reservation, BigDecimal quantity, @Nullable BigDecimal ceiling) {
        return new ReservedItem(reservation.id(), reservation.meter(), quantity, ceiling);
    }

    private UsageReport report(
            ReservationRequest request,
            SubjectKey subjectKey,
            ZoneId zone,
            List<NewEvent> events,
            ReservationStep step,
            Granted granted,
            Instant now) {
        Admission admission = new Admission(request.id(), request.partition(), granted.epoch(), granted.admittedAt());
        return new UsageReport(
                BatchId.timeOrdered(now, random),
                zone,
                now,
                List.of(new SubjectBatch(subjectKey, events, admission, step)));
    }
}
