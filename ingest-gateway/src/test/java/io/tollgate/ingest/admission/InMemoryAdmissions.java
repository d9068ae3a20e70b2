package io.tollgate.ingest.admission;

import io.tollgate.contract.EventId;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.Admissions;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.admission.EventDecision;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/// An owner of everything, in memory: knows the keys that it admitted, and no quotas unless it is told what to answer.
/// A key is taken with its admission and free again when its record failed.
public final class InMemoryAdmissions implements Admissions {
    public static final UUID EPOCH = new UUID(7, 7);

    private final Instant now;
    private final Map<EventId, Taken> keys = new HashMap<>();
    private final List<AdmissionRequest> requests = new ArrayList<>();
    private final List<AdmissionOutcome> outcomes = new ArrayList<>();
    private Function<AdmissionRequest, AdmissionAnswer> answers = this::judge;

    private record Taken(AdmissionRequest by, byte[] fingerprint) {}

    /// @param now when everything is admitted
    public InMemoryAdmissions(Instant now) {
        this.now = now;
    }

    @Override
    public synchronized List<AdmissionAnswer> admit(List<AdmissionRequest> asked) {
        requests.addAll(asked);
        return asked.stream().map(answers).toList();
    }

    @Override
    public synchronized void report(List<AdmissionOutcome> told) {
        outcomes.addAll(told);
        for (AdmissionOutcome outcome : told) {
            if (outcome.fate() == AdmissionOutcome.Fate.FAILED) {
                keys.values().removeIf(taken -> taken.by().id().equals(outcome.id()));
            }
        }
    }

    /// What is answered from now on.
    public synchronized void answers(Function<AdmissionRequest, AdmissionAnswer> toRequests) {
        answers = toRequests;
    }

    /// Answers every request with this one decision per event.
    public void decides(Function<Candidate, EventDecision> decision) {
        answers(request -> decided(request.events().stream().map(decision).toList()));
    }

    public void doesNotJudge(AdmissionAnswer.Reason reason) {
        answers(request -> new AdmissionAnswer.NotJudged(reason, "told so"));
    }

    /// Begins anew: no key is taken, and nothing is to be answered but that.
    public synchronized void forget() {
        keys.clear();
        requests.clear();
        outcomes.clear();
        answers = this::judge;
    }

    public AdmissionAnswer.Decided decided(List<EventDecision> decisions) {
        return new AdmissionAnswer.Decided(EPOCH, now, decisions);
    }

    public synchronized List<AdmissionRequest> requests() {
        return List.copyOf(requests);
    }

    public synchronized List<AdmissionOutcome> outcomes() {
        return List.copyOf(outcomes);
    }

    private AdmissionAnswer judge(AdmissionRequest request) {
        return decided(request.events().stream()
                .map(candidate -> judge(request, candidate))
                .toList());
    }

    private EventDecision judge(AdmissionRequest request, Candidate candidate) {
        Taken first = candidate.keyed()
                ? keys.putIfAbsent(candidate.eventId(), new Taken(request, candidate.fingerprint()))
                : null;
        if (first == null) {
            return Decisions.admitted();
        }
        return Arrays.equals(first.fingerprint(), candidate.fingerprint())
                ? new EventDecision.Duplicate(now)
                : new EventDecision.Conflict(now);
    }
}
