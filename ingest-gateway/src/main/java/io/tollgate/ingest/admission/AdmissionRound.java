package io.tollgate.ingest.admission;

import io.tollgate.contract.EventId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.ingest.event.Intake;
import io.tollgate.ingest.event.IntakeOutcome;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.Admission;
import io.tollgate.ingest.event.UsageReport.NewEvent;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionAnswer.Decided;
import io.tollgate.quota.admission.AdmissionAnswer.NotJudged;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.admission.Denial;
import io.tollgate.quota.admission.EventDecision;
import io.tollgate.quota.admission.QuotaWarning;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One request's round of admission: what the owners of its subjects are asked, and what follows from their answers. A
/// request is all or nothing for quotas and for owners that do not answer, unless events may fail alone; conflicts of
/// keys always fail alone. Events that repeat a key of their request share the fate of the first under it.
public final class AdmissionRound {
    /// What an owner does not know yet it knows in a moment.
    private static final int SOON_SECONDS = 1;

    /// A partition changes hands, and an owner catches up, in seconds.
    private static final int LATER_SECONDS = 2;

    private final Intake.Taken taken;
    private final boolean partial;
    private final List<AdmissionRequest> requests;

    private AdmissionRound(Intake.Taken taken, boolean partial, List<AdmissionRequest> requests) {
        this.taken = taken;
        this.partial = partial;
        this.requests = requests;
    }

    /// @param partial whether events may fail alone
    /// @param random for the ids of admissions
    public static AdmissionRound of(Intake.Taken taken, boolean partial, int partitions, RandomGenerator random) {
        UsageReport report = taken.report();
        List<AdmissionRequest> requests = new ArrayList<>(report.batches().size());
        for (SubjectBatch batch : report.batches()) {
            String subjectKey = batch.subjectKey().recordKey();
            requests.add(new AdmissionRequest(
                    new AdmissionId(new UUID(random.nextLong(), random.nextLong())),
                    Partitioning.partitionOf(subjectKey.getBytes(StandardCharsets.UTF_8), partitions),
                    subjectKey,
                    report.zone(),
                    partial,
                    candidates(batch)));
        }
        return new AdmissionRound(taken, partial, requests);
    }

    private static List<Candidate> candidates(SubjectBatch batch) {
        List<Candidate> candidates = new ArrayList<>(batch.events().size());
        for (NewEvent entry : batch.events()) {
            ReportedEvent event = entry.event();
            candidates.add(new Candidate(
                    entry.id(),
                    event.idempotencyKey() != null,
                    event.fingerprint().bytes(),
                    event.meter().value(),
                    event.quantity().value(),
                    event.eventTime(),
                    replaced(batch)));
        }
        return candidates;
    }

    private static Optional<Candidate.Replaced> replaced(SubjectBatch batch) {
        return Optional.ofNullable(batch.correction())
                .map(old -> new Candidate.Replaced(
                        old.meter().value(), old.quantity().value(), old.eventTime()));
    }

    /// One per subject, in the order of the report.
    public List<AdmissionRequest> requests() {
        return requests;
    }

    /// @param answers one per request, in order
    public Verdict judge(List<AdmissionAnswer> answers, LimitedMeters limited) {
        if (answers.size() != requests.size()) {
            throw new IllegalArgumentException(answers.size() + " answers to " + requests.size() + " requests");
        }
        Judging judging = new Judging(limited);
        for (int i = 0; i < answers.size(); i++) {
            judging.subject(taken.report().batches().get(i), requests.get(i), answers.get(i));
        }
        return judging.verdict();
    }

    /// What the owner is told of an admission that came to nothing before its record was handed over.
    private static AdmissionOutcome released(AdmissionRequest request, Decided decided) {
        return new AdmissionOutcome(
                request.id(), request.partition(), request.subjectKey(), decided.epoch(), AdmissionOutcome.Fate.FAILED);
    }

    /// What becomes of an event that is not written, and of those of its request that repeat its key.
    private sealed interface Fate {
        /// The log has its key, with the same payload or another.
        record InLog(Instant firstArrival, boolean same) implements Fate {}

        record Refused(Denial denial) implements Fate {}

        record Open(String why) implements Fate {}
    }

    /// The answers taken together.
    private final class Judging {
        private final LimitedMeters limited;
        private final List<SubjectBatch> written = new ArrayList<>(requests.size());
        private final List<AdmissionOutcome> held = new ArrayList<>(requests.size());
        private final Map<EventId, Fate> fates = new HashMap<>(0);
        private final Map<Violated, Verdict.Violation> violations = new LinkedHashMap<>(0);
        private final Map<Warned, Verdict.Warning> warnings = new LinkedHashMap<>(0);
        private boolean checked = true;
        private @Nullable String open;
        private int retryAfterSeconds;

        private record Violated(SubjectKey subject, String meter) {}

        private record Warned(SubjectKey subject, QuotaWarning.Code code, String meter, Optional<Instant> windowEnd) {}

        private Judging(LimitedMeters limited) {
            this.limited = limited;
        }

        private void subject(SubjectBatch batch, AdmissionRequest request, AdmissionAnswer answer) {
            switch (answer) {
                case Decided decided -> decided(batch, request, decided);
                case NotJudged notJudged -> notJudged(batch, notJudged);
            }
        }

        private void decided(SubjectBatch batch, AdmissionRequest request, Decided decided) {
            List<EventDecision> decisions = decided.decisions();
            if (decisions.size() != batch.events().size()) {
                throw new IllegalArgumentException(
                        decisions.size() + " decisions on " + batch.events().size() + " events");
            }
            List<NewEvent> admitted = new ArrayList<>(decisions.size());
            for (int i = 0; i < decisions.size(); i++) {
                NewEvent event = batch.events().get(i);
                switch (decisions.get(i)) {
                    case EventDecision.Admitted room -> {
                        admitted.add(withRoom(event, room));
                        warn(batch.subjectKey(), room.warnings());
                    }
                    case EventDecision.Duplicate duplicate ->
                        fates.put(event.id(), new Fate.InLog(duplicate.firstArrival(), true));
                    case EventDecision.Conflict conflict ->
                        fates.put(event.id(), new Fate.InLog(conflict.firstArrival(), false));
                    case EventDecision.Denied denied -> {
                        fates.put(event.id(), new Fate.Refused(denied.denial()));
                        violations.putIfAbsent(
                                new Violated(batch.subjectKey(), denied.denial().meter()),
                                new Verdict.Violation(batch.subjectKey().subject(), denied.denial()));
                    }
                    case EventDecision.Unresolved unresolved ->
                        open(event, "Its idempotency key is on its way in another request.", SOON_SECONDS);
                }
            }
            if (!admitted.isEmpty()) {
                held.add(released(request, decided));
                written.add(batch.admitted(
                        admitted,
                        new Admission(request.id(), request.partition(), decided.epoch(), decided.admittedAt())));
            }
        }

        private static NewEvent withRoom(NewEvent event, EventDecision.Admitted room) {
            return room.ceiling().isEmpty() && room.graceStart().isEmpty()
                    ? event
                    : new NewEvent(
                            event.id(),
                            event.event(),
                            room.ceiling().orElse(null),
                            room.graceStart().orElse(null));
        }

        private void warn(SubjectKey subjectKey, List<QuotaWarning> given) {
            for (QuotaWarning warning : given) {
                warnings.put(
                        new Warned(subjectKey, warning.code(), warning.meter(), warning.resetsAt()),
                        new Verdict.Warning(subjectKey.subject(), warning));
            }
        }

        private void notJudged(SubjectBatch batch, NotJudged answer) {
            switch (answer.reason()) {
                case HAND_OVER, NOT_OWNER -> unchecked(batch);
                // Taking on more would only let what is admitted and not counted grow.
                case OVERLOADED -> allOpen(batch, "The owner of the counters has too much to count.", LATER_SECONDS);
                case DEFINITIONS_BEHIND ->
                    allOpen(batch, "The owner of the counters does not know the latest definitions yet.", SOON_SECONDS);
                case KEY_IN_FLIGHT ->
                    allOpen(
                            batch,
                            batch.correction() == null
                                    ? "An idempotency key is on its way in another request."
                                    : "Another amendment of the event is on its way.",
                            SOON_SECONDS);
            }
        }

        /// What no quota limits is written without its owner's consent.
        private void unchecked(SubjectBatch batch) {
            SubjectKey key = batch.subjectKey();
            List<NewEvent> free = new ArrayList<>(batch.events().size());
            for (NewEvent event : batch.events()) {
                if (limited.limited(
                        key.organizationId(),
                        key.subject(),
                        event.event().meter().value())) {
                    open(event, "The counters of a meter with a quota are changing hands.", LATER_SECONDS);
                } else {
                    free.add(event);
                }
            }
            if (!free.isEmpty()) {
                checked = false;
                written.add(batch.admitted(free, null));
            }
        }

        private void allOpen(SubjectBatch batch, String why, int seconds) {
            for (NewEvent event : batch.events()) {
                open(event, why, seconds);
            }
        }

        private void open(NewEvent event, String why, int seconds) {
            fates.put(event.id(), new Fate.Open(why));
            open = open == null ? why : open;
            retryAfterSeconds = Math.max(retryAfterSeconds, seconds);
        }

        private Verdict verdict() {
            if (!partial && !violations.isEmpty()) {
                return new Verdict.Denied(List.copyOf(violations.values()), held);
            }
            if (!partial && open != null) {
                return new Verdict.Unavailable(open, retryAfterSeconds, held);
            }
            UsageReport report = taken.report();
            return new Verdict.Written(
                    new UsageReport(report.id(), report.zone(), report.acceptedAt(), written),
                    outcomes(),
                    List.copyOf(warnings.values()),
                    checked);
        }

        private List<IntakeOutcome> outcomes() {
            if (fates.isEmpty()) {
                return taken.outcomes();
            }
            List<IntakeOutcome> outcomes = new ArrayList<>(taken.outcomes().size());
            for (IntakeOutcome outcome : taken.outcomes()) {
                outcomes.add(
                        switch (outcome) {
                            case IntakeOutcome.Recorded first -> shared(first, first.id(), first.event(), true);
                            case IntakeOutcome.Duplicate again -> shared(again, again.id(), again.event(), true);
                            case IntakeOutcome.Conflict other -> shared(other, other.firstId(), other.event(), false);
                            case IntakeOutcome.Denied denied -> denied;
                            case IntakeOutcome.Undecided undecided -> undecided;
                            case IntakeOutcome.TenantDeleted gone -> gone;
                            case IntakeOutcome.Rejected rejected -> rejected;
                        });
            }
            return outcomes;
        }

        /// @param samePayload as the first under the key in the request
        private IntakeOutcome shared(IntakeOutcome ifWritten, EventId id, ReportedEvent event, boolean samePayload) {
            return switch (fates.get(id)) {
                case null -> ifWritten;
                case Fate.InLog inLog ->
                    inLog.same() && samePayload
                            ? new IntakeOutcome.Duplicate(id, event)
                            : new IntakeOutcome.Conflict(event, id, inLog.firstArrival());
                case Fate.Refused refused -> new IntakeOutcome.Denied(event, refused.denial());
                case Fate.Open open -> new IntakeOutcome.Undecided(event, open.why());
            };
        }
    }
}
