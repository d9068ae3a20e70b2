package io.tollgate.quota.rpc;

import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationRequest;
import java.math.BigDecimal;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/// Steps of reservations and their answers as they travel.
final class ReservationWire {
    private ReservationWire() {}

    static Wire.ReservationRequest toWire(ReservationRequest request) {
        Wire.ReservationRequest.Builder wire = Wire.ReservationRequest.newBuilder()
                .setAdmissionId(Scalars.toWire(request.id().value()))
                .setPartition(request.partition())
                .setSubjectKey(request.subjectKey());
        switch (request) {
            case ReservationRequest.Reserve reserve -> {
                Wire.Hold.Builder hold = Wire.Hold.newBuilder()
                        .setZone(reserve.zone().getId())
                        .setTimeToLive(Scalars.micros(reserve.timeToLive()));
                for (ReservationRequest.Item item : reserve.items()) {
                    hold.addItems(Wire.HeldItem.newBuilder()
                            .setReservationId(item.reservationId().value())
                            .setMeter(item.meter())
                            .setQuantity(Scalars.toWire(item.quantity())));
                }
                wire.setHold(hold);
            }
            case ReservationRequest.Settle settle ->
                wire.setSettle(Wire.Settle.newBuilder()
                        .setZone(settle.zone().getId())
                        .setReservationId(settle.reservationId().value())
                        .setEvent(AdmissionWire.toWire(settle.event())));
            case ReservationRequest.Release release ->
                wire.setRelease(Wire.Release.newBuilder()
                        .setReservationId(release.reservationId().value()));
        }
        return wire.build();
    }

    static ReservationRequest fromWire(Wire.ReservationRequest wire) {
        AdmissionId id = new AdmissionId(Scalars.uuid(wire.getAdmissionId()));
        return switch (wire.getStepCase()) {
            case HOLD ->
                new ReservationRequest.Reserve(
                        id,
                        wire.getPartition(),
                        wire.getSubjectKey(),
                        ZoneId.of(wire.getHold().getZone()),
                        wire.getHold().getItemsList().stream()
                                .map(ReservationWire::fromWire)
                                .toList(),
                        Scalars.duration(wire.getHold().getTimeToLive()));
            case SETTLE ->
                new ReservationRequest.Settle(
                        id,
                        wire.getPartition(),
                        wire.getSubjectKey(),
                        ZoneId.of(wire.getSettle().getZone()),
                        new ReservationId(wire.getSettle().getReservationId()),
                        AdmissionWire.fromWire(wire.getSettle().getEvent()));
            case RELEASE ->
                new ReservationRequest.Release(
                        id,
                        wire.getPartition(),
                        wire.getSubjectKey(),
                        new ReservationId(wire.getRelease().getReservationId()));
            case STEP_NOT_SET -> throw Scalars.unknown("step", wire.getStepCase());
        };
    }

    private static ReservationRequest.Item fromWire(Wire.HeldItem wire) {
        return new ReservationRequest.Item(
                new ReservationId(wire.getReservationId()), wire.getMeter(), Scalars.fromWire(wire.getQuantity()));
    }

    static Wire.ReservationAnswer toWire(ReservationAnswer answer) {
        Wire.ReservationAnswer.Builder wire = Wire.ReservationAnswer.newBuilder();
        switch (answer) {
            case ReservationAnswer.Granted granted -> {
                Wire.StepGranted.Builder step = Wire.StepGranted.newBuilder()
                        .setEpoch(Scalars.toWire(granted.epoch()))
                        .setAdmittedAt(Scalars.micros(granted.admittedAt()));
                granted.reservations().forEach(reservation -> step.addReservations(toWire(reservation)));
                granted.ceilings().forEach(ceiling -> step.addCeilings(toWire(ceiling)));
                granted.remaining().forEach(remaining -> step.addRemaining(toWire(remaining)));
                wire.setGranted(step);
            }
            case ReservationAnswer.Made made -> {
                Wire.ReservationsMade.Builder states = Wire.ReservationsMade.newBuilder();
                made.reservations().forEach(reservation -> states.addReservations(toWire(reservation)));
                wire.setMade(states);
            }
            case ReservationAnswer.Denied denied -> wire.setDenied(AdmissionWire.toWire(denied.denial()));
            case ReservationAnswer.Conflict conflict -> wire.setConflict(toWire(conflict.reservation()));
            case ReservationAnswer.Unknown unknown -> wire.setUnknown(Wire.ReservationUnknown.getDefaultInstance());
            case ReservationAnswer.NotJudged notJudged ->
                wire.setNotJudged(AdmissionWire.toWire(notJudged.reason(), notJudged.why()));
        }
        return wire.build();
    }

    static ReservationAnswer fromWire(Wire.ReservationAnswer wire) {
        return switch (wire.getAnswerCase()) {
            case GRANTED ->
                new ReservationAnswer.Granted(
                        Scalars.uuid(wire.getGranted().getEpoch()),
                        Scalars.instant(wire.getGranted().getAdmittedAt()),
                        states(wire.getGranted().getReservationsList()),
                        decimals(wire.getGranted().getCeilingsList()),
                        decimals(wire.getGranted().getRemainingList()));
            case MADE -> new ReservationAnswer.Made(states(wire.getMade().getReservationsList()));
            case DENIED -> new ReservationAnswer.Denied(AdmissionWire.fromWire(wire.getDenied()));
            case CONFLICT -> new ReservationAnswer.Conflict(fromWire(wire.getConflict()));
            case UNKNOWN -> new ReservationAnswer.Unknown();
            case NOT_JUDGED ->
                new ReservationAnswer.NotJudged(
                        AdmissionWire.reason(wire.getNotJudged()),
                        wire.getNotJudged().getWhy());
            case ANSWER_NOT_SET -> throw Scalars.unknown("answer", wire.getAnswerCase());
        };
    }

    private static Wire.OptionalDecimal toWire(Optional<BigDecimal> number) {
        Wire.OptionalDecimal.Builder wire = Wire.OptionalDecimal.newBuilder();
        number.map(Scalars::toWire).ifPresent(wire::setValue);
        return wire.build();
    }

    private static List<Optional<BigDecimal>> decimals(List<Wire.OptionalDecimal> wire) {
        return wire.stream()
                .map(number -> Scalars.fromWire(number.hasValue(), number.getValue()))
                .toList();
    }

    private static Wire.ReservationState toWire(Reservation reservation) {
        Wire.ReservationState.State state = switch (reservation.state()) {
            case OPEN -> Wire.ReservationState.State.OPEN;
            case SETTLED -> Wire.ReservationState.State.SETTLED;
            case RELEASED -> Wire.ReservationState.State.RELEASED;
            case EXPIRED -> Wire.ReservationState.State.EXPIRED;
        };
        Wire.ReservationState.Builder wire = Wire.ReservationState.newBuilder()
                .setReservationId(reservation.id().value())
                .setSubjectKey(reservation.subjectKey())
                .setMeter(reservation.meter())
                .setQuantity(Scalars.toWire(reservation.quantity()))
                .setReservedAt(Scalars.micros(reservation.reservedAt()))
                .setExpiresAt(Scalars.micros(reservation.expiresAt()))
                .setState(state);
        reservation.settled().map(Scalars::toWire).ifPresent(wire::setSettled);
        reservation.closedAt().map(Scalars::micros).ifPresent(wire::setClosedAt);
        return wire.build();
    }

    private static List<Reservation> states(List<Wire.ReservationState> wire) {
        return wire.stream().map(ReservationWire::fromWire).toList();
    }

    private static Reservation fromWire(Wire.ReservationState wire) {
        Reservation.State state = switch (wire.getState()) {
            case OPEN -> Reservation.State.OPEN;
            case SETTLED -> Reservation.State.SETTLED;
            case RELEASED -> Reservation.State.RELEASED;
            case EXPIRED -> Reservation.State.EXPIRED;
            case STATE_UNSPECIFIED, UNRECOGNIZED -> throw Scalars.unknown("state", wire.getState());
        };
        return new Reservation(
                new ReservationId(wire.getReservationId()),
                wire.getSubjectKey(),
                wire.getMeter(),
                Scalars.fromWire(wire.getQuantity()),
                Scalars.instant(wire.getReservedAt()),
                Scalars.instant(wire.getExpiresAt()),
                state,
                Scalars.fromWire(wire.hasSettled(), wire.getSettled()),
                Scalars.instant(wire.hasClosedAt(), wire.getClosedAt()));
    }
}
