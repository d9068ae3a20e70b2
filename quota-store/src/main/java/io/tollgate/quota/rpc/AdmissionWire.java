package io.tollgate.quota.rpc;

import com.google.protobuf.ByteString;
import io.tollgate.contract.EventId;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.admission.Denial;
import io.tollgate.quota.admission.EventDecision;
import java.time.ZoneId;
import java.util.Optional;

/// Admission requests, their answers and their outcomes as they travel.
final class AdmissionWire {
    private AdmissionWire() {}

    static Wire.AdmissionRequest toWire(AdmissionRequest request) {
        Wire.AdmissionRequest.Builder wire = Wire.AdmissionRequest.newBuilder()
                .setAdmissionId(Scalars.toWire(request.id().value()))
                .setPartition(request.partition())
                .setSubjectKey(request.subjectKey())
                .setZone(request.zone().getId())
                .setPartial(request.partial());
        request.events().forEach(candidate -> wire.addEvents(toWire(candidate)));
        return wire.build();
    }

    static Wire.Candidate toWire(Candidate candidate) {
        Wire.Candidate.Builder wire = Wire.Candidate.newBuilder()
                .setEventId(ByteString.copyFrom(candidate.eventId().bytes()))
                .setKeyed(candidate.keyed())
                .setFingerprint(ByteString.copyFrom(candidate.fingerprint()))
                .setMeter(candidate.meter())
                .setQuantity(Scalars.toWire(candidate.quantity()))
                .setEventTime(Scalars.micros(candidate.eventTime()));
        candidate
                .replaces()
                .ifPresent(old -> wire.setReplaces(Wire.Replaced.newBuilder()
                        .setMeter(old.meter())
                        .setQuantity(Scalars.toWire(old.quantity()))
                        .setEventTime(Scalars.micros(old.eventTime()))));
        return wire.build();
    }

    static AdmissionRequest fromWire(Wire.AdmissionRequest wire) {
        return new AdmissionRequest(
                new AdmissionId(Scalars.uuid(wire.getAdmissionId())),
                wire.getPartition(),
                wire.getSubjectKey(),
                ZoneId.of(wire.getZone()),
                wire.getPartial(),
                wire.getEventsList().stream().map(AdmissionWire::fromWire).toList());
    }

    static Candidate fromWire(Wire.Candidate wire) {
        return new Candidate(
                EventId.fromBytes(Scalars.id(wire.getEventId())),
                wire.getKeyed(),
                wire.getFingerprint().toByteArray(),
                wire.getMeter(),
                Scalars.fromWire(wire.getQuantity()),
                Scalars.instant(wire.getEventTime()),
                wire.hasReplaces()
                        ? Optional.of(new Candidate.Replaced(
                                wire.getReplaces().getMeter(),
                                Scalars.fromWire(wire.getReplaces().getQuantity()),
                                Scalars.instant(wire.getReplaces().getEventTime())))
                        : Optional.empty());
    }

    static Wire.AdmissionAnswer toWire(AdmissionAnswer answer) {
        Wire.AdmissionAnswer.Builder wire = Wire.AdmissionAnswer.newBuilder();
        switch (answer) {
            case AdmissionAnswer.Decided decided -> {
                Wire.Decided.Builder decisions = Wire.Decided.newBuilder()
                        .setEpoch(Scalars.toWire(decided.epoch()))
                        .setAdmittedAt(Scalars.micros(decided.admittedAt()));
                decided.decisions().forEach(decision -> decisions.addDecisions(toWire(decision)));
                wire.setDecided(decisions);
            }
            case AdmissionAnswer.NotJudged notJudged -> wire.setNotJudged(toWire(notJudged.reason(), notJudged.why()));
        }
        return wire.build();
    }

    static AdmissionAnswer fromWire(Wire.AdmissionAnswer wire) {
        return switch (wire.getAnswerCase()) {
            case DECIDED ->
                new AdmissionAnswer.Decided(
                        Scalars.uuid(wire.getDecided().getEpoch()),
                        Scalars.instant(wire.getDecided().getAdmittedAt()),
                        wire.getDecided().getDecisionsList().stream()
                                .map(AdmissionWire::fromWire)
                                .toList());
            case NOT_JUDGED ->
                new AdmissionAnswer.NotJudged(
                        reason(wire.getNotJudged()), wire.getNotJudged().getWhy());
            case ANSWER_NOT_SET -> throw Scalars.unknown("answer", wire.getAnswerCase());
        };
    }

    static Wire.NotJudged toWire(AdmissionAnswer.Reason reason, String why) {
        Wire.Reason wire = switch (reason) {
            case NOT_OWNER -> Wire.Reason.NOT_OWNER;
            case HAND_OVER -> Wire.Reason.HAND_OVER;
            case OVERLOADED -> Wire.Reason.OVERLOADED;
            case DEFINITIONS_BEHIND -> Wire.Reason.DEFINITIONS_BEHIND;
            case KEY_IN_FLIGHT -> Wire.Reason.KEY_IN_FLIGHT;
        };
        return Wire.NotJudged.newBuilder().setReason(wire).setWhy(why).build();
    }

    static AdmissionAnswer.Reason reason(Wire.NotJudged wire) {
        return switch (wire.getReason()) {
            case NOT_OWNER -> AdmissionAnswer.Reason.NOT_OWNER;
            case HAND_OVER -> AdmissionAnswer.Reason.HAND_OVER;
            case OVERLOADED -> AdmissionAnswer.Reason.OVERLOADED;
            case DEFINITIONS_BEHIND -> AdmissionAnswer.Reason.DEFINITIONS_BEHIND;
            case KEY_IN_FLIGHT -> AdmissionAnswer.Reason.KEY_IN_FLIGHT;
            case REASON_UNSPECIFIED, UNRECOGNIZED -> throw Scalars.unknown("reason", wire.getReason());
        };
    }

    private static Wire.EventDecision toWire(EventDecision decision) {
        Wire.EventDecision.Builder wire = Wire.EventDecision.newBuilder();
        switch (decision) {
            case EventDecision.Admitted admitted -> {
                Wire.Admitted.Builder builder = Wire.Admitted.newBuilder();
                admitted.ceiling().map(Scalars::toWire).ifPresent(builder::setCeiling);
                admitted.graceStart().map(Scalars::micros).ifPresent(builder::setGraceStart);
                admitted.warnings().forEach(warning -> builder.addWarnings(QuotaWire.toWire(warning)));
                wire.setAdmitted(builder);
            }
            case EventDecision.Duplicate duplicate -> wire.setDuplicateSince(Scalars.micros(duplicate.firstArrival()));
            case EventDecision.Conflict conflict -> wire.setConflictSince(Scalars.micros(conflict.firstArrival()));
            case EventDecision.Denied denied -> wire.setDenied(toWire(denied.denial()));
            case EventDecision.Unresolved unresolved -> wire.setUnresolved(Wire.Unresolved.getDefaultInstance());
        }
        return wire.build();
    }

    private static EventDecision fromWire(Wire.EventDecision wire) {
        return switch (wire.getDecisionCase()) {
            case ADMITTED -> {
                Wire.Admitted admitted = wire.getAdmitted();
                yield new EventDecision.Admitted(
                        Scalars.fromWire(admitted.hasCeiling(), admitted.getCeiling()),
                        Scalars.instant(admitted.hasGraceStart(), admitted.getGraceStart()),
                        admitted.getWarningsList().stream()
                                .map(QuotaWire::fromWire)
                                .toList());
            }
            case DUPLICATE_SINCE -> new EventDecision.Duplicate(Scalars.instant(wire.getDuplicateSince()));
            case CONFLICT_SINCE -> new EventDecision.Conflict(Scalars.instant(wire.getConflictSince()));
            case DENIED -> new EventDecision.Denied(fromWire(wire.getDenied()));
            case UNRESOLVED -> new EventDecision.Unresolved();
            case DECISION_NOT_SET -> throw Scalars.unknown("decision", wire.getDecisionCase());
        };
    }

    static Wire.Denial toWire(Denial denial) {
        Wire.Denial.Builder wire = Wire.Denial.newBuilder()
                .setMeter(denial.meter())
                .setMode(QuotaWire.toWire(denial.mode()))
                .setLimit(Scalars.toWire(denial.limit()))
                .setCurrent(Scalars.toWire(denial.current()))
                .setRequested(Scalars.toWire(denial.requested()))
                .setDecisionId(denial.decisionId());
        denial.softLimit().map(Scalars::toWire).ifPresent(wire::setSoftLimit);
        denial.resetsAt().map(Scalars::micros).ifPresent(wire::setResetsAt);
        denial.graceEnd().map(Scalars::micros).ifPresent(wire::setGraceEnd);
        return wire.build();
    }

    static Denial fromWire(Wire.Denial wire) {
        return new Denial(
                wire.getMeter(),
                QuotaWire.fromWire(wire.getMode()),
                Scalars.fromWire(wire.getLimit()),
                Scalars.fromWire(wire.hasSoftLimit(), wire.getSoftLimit()),
                Scalars.fromWire(wire.getCurrent()),
                Scalars.fromWire(wire.getRequested()),
                Scalars.instant(wire.hasResetsAt(), wire.getResetsAt()),
                Scalars.instant(wire.hasGraceEnd(), wire.getGraceEnd()),
                wire.getDecisionId());
    }

    static Wire.AdmissionOutcome toWire(AdmissionOutcome outcome) {
        Wire.AdmissionOutcome.Fate fate = switch (outcome.fate()) {
            case LANDED -> Wire.AdmissionOutcome.Fate.LANDED;
            case FAILED -> Wire.AdmissionOutcome.Fate.FAILED;
            case UNKNOWN -> Wire.AdmissionOutcome.Fate.UNKNOWN;
        };
        return Wire.AdmissionOutcome.newBuilder()
                .setAdmissionId(Scalars.toWire(outcome.id().value()))
                .setPartition(outcome.partition())
                .setSubjectKey(outcome.subjectKey())
                .setEpoch(Scalars.toWire(outcome.epoch()))
                .setFate(fate)
                .build();
    }

    static AdmissionOutcome fromWire(Wire.AdmissionOutcome wire) {
        AdmissionOutcome.Fate fate = switch (wire.getFate()) {
            case LANDED -> AdmissionOutcome.Fate.LANDED;
            case FAILED -> AdmissionOutcome.Fate.FAILED;
            case UNKNOWN -> AdmissionOutcome.Fate.UNKNOWN;
            case FATE_UNSPECIFIED, UNRECOGNIZED -> throw Scalars.unknown("fate", wire.getFate());
        };
        return new AdmissionOutcome(
                new AdmissionId(Scalars.uuid(wire.getAdmissionId())),
                wire.getPartition(),
                wire.getSubjectKey(),
                Scalars.uuid(wire.getEpoch()),
                fate);
    }
}
