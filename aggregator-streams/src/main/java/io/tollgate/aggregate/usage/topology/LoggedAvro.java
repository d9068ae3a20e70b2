package io.tollgate.aggregate.usage.topology;

import io.tollgate.aggregate.usage.CountedEvent;
import io.tollgate.aggregate.usage.EventBounds;
import io.tollgate.contract.EventId;
import io.tollgate.event.CorrectionCommand;
import io.tollgate.event.ReservationCommand;
import io.tollgate.event.ReservationStep;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import io.tollgate.quota.ledger.LoggedBatch;
import io.tollgate.quota.ledger.LoggedCorrection;
import io.tollgate.quota.ledger.LoggedEvent;
import io.tollgate.quota.ledger.LoggedStep;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/// Records of `usage-events` as the ledger reads them.
final class LoggedAvro {
    private LoggedAvro() {}

    /// @param events those of its events that are well-formed
    /// @param correction what it takes out, if it is whole
    static LoggedBatch batch(
            String subjectKey,
            UsageBatch batch,
            ZoneId zone,
            LogPlace place,
            List<LoggedEvent> events,
            Optional<LoggedStep> step,
            Optional<LoggedCorrection> correction) {
        return new LoggedBatch(
                subjectKey,
                zone,
                place.offset(),
                place.appendedAt(),
                Optional.ofNullable(batch.getAdmission())
                        .map(admission -> new LoggedBatch.Stamp(
                                admission.getId(), admission.getEpoch(), admission.getAdmittedAt())),
                events,
                step,
                correction);
    }

    /// The event that the record takes out. A kind that this release does not know is left alone.
    ///
    /// @throws IllegalArgumentException if the correction is not one that a gateway writes
    static Optional<CountedEvent> correction(UsageBatch batch) {
        CorrectionCommand command = batch.getCorrection();
        if (command == null) {
            return Optional.empty();
        }
        int events = switch (command.getKind()) {
            case VOID -> 0;
            case AMEND -> 1;
            case UNKNOWN -> -1;
        };
        if (events < 0) {
            return Optional.empty();
        }
        if (batch.getEvents().size() != events || batch.getReservation() != null || batch.getCut() != null) {
            throw new IllegalArgumentException("a void has no event, an amendment one, and neither does anything else");
        }
        EventBounds.violation(command.getEventId(), command.getMeter(), command.getQuantity(), command.getEventTime())
                .ifPresent(violation -> {
                    throw new IllegalArgumentException(violation);
                });
        return Optional.of(new CountedEvent(
                new EventId(command.getEventId()),
                command.getMeter(),
                command.getQuantity(),
                command.getEventTime(),
                command.getOffset()));
    }

    /// What the record does to reservations. A step that this release does not know is left alone.
    ///
    /// @throws IllegalArgumentException if the step is not one that a gateway or an owner writes
    static Optional<LoggedStep> step(UsageBatch batch) {
        Optional<LoggedStep> step = Optional.ofNullable(batch.getReservation()).flatMap(LoggedAvro::step);
        step.ifPresent(known -> check(known, batch.getEvents().size()));
        return step;
    }

    private static void check(LoggedStep step, int events) {
        boolean settles = step.kind() == LoggedStep.Kind.SETTLE;
        int items = step.items().size();
        if (items < 1 || items > ReservationRequest.Reserve.ITEMS_MAX || (settles && items > 1)) {
            throw new IllegalArgumentException("a reservation step has 1 to " + ReservationRequest.Reserve.ITEMS_MAX
                    + " items, and a settlement one");
        }
        if (events != (settles ? 1 : 0)) {
            throw new IllegalArgumentException("a settlement has one event, and other reservation steps have none");
        }
        if (step.items().stream().anyMatch(item -> item.quantity().signum() <= 0)) {
            throw new IllegalArgumentException("a reservation is of more than 0");
        }
    }

    private static Optional<LoggedStep> step(ReservationCommand command) {
        return kind(command.getStep())
                .map(kind -> new LoggedStep(
                        kind,
                        command.getExpiresAt() == null ? Instant.EPOCH : command.getExpiresAt(),
                        command.getItems().stream()
                                .map(item -> new LoggedStep.Item(
                                        new ReservationId(item.getReservationId()),
                                        item.getMeter(),
                                        item.getQuantity(),
                                        Optional.ofNullable(item.getCeiling())))
                                .toList()));
    }

    private static Optional<LoggedStep.Kind> kind(ReservationStep step) {
        return switch (step) {
            case RESERVE -> Optional.of(LoggedStep.Kind.RESERVE);
            case SETTLE -> Optional.of(LoggedStep.Kind.SETTLE);
            case RELEASE -> Optional.of(LoggedStep.Kind.RELEASE);
            case EXPIRE -> Optional.of(LoggedStep.Kind.EXPIRE);
            case UNKNOWN -> Optional.empty();
        };
    }

    /// @throws IllegalArgumentException if the event is not well-formed
    static LoggedEvent event(UsageEvent event) {
        return new LoggedEvent(
                new EventId(event.getEventId()),
                event.getIdempotencyKey() != null,
                event.getFingerprint().bytes(),
                event.getMeter(),
                event.getQuantity(),
                event.getEventTime(),
                Optional.ofNullable(event.getCeiling()),
                Optional.ofNullable(event.getGraceStart()));
    }
}
