package io.tollgate.quota.routing;

import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.Admissions;
import io.tollgate.quota.admission.OwnerNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Admission by the owners as they are known: this process by method calls, others over the network.
public final class OwnerAdmissions implements Admissions {
    /// Outcomes waiting for one owner; what does not fit is dropped, for the owner reads the log anyway.
    static final int REPORTS_MAX = 20_000;

    private static final int REPORTS_PER_CALL_MAX = 2_000;
    private static final Duration REPORTED_WITHIN = Duration.ofMillis(500);

    private final Owners owners;
    private final RemoteOwners remote;
    private final Optional<OwnerNode> local;
    private final String ownAddress;
    private final OwnerCalls<AdmissionRequest, AdmissionAnswer> calls;
    private final ConcurrentHashMap<Owner, Reports> reports = new ConcurrentHashMap<>();
    private final AtomicLong dropped = new AtomicLong();

    /// @param local the owner that this process is, if it counts
    /// @param ownAddress the address under which this process appears among the owners
    /// @param definitionsPosition offset of the last record of `definitions.quotas` applied here; -1 for none
    public OwnerAdmissions(
            Owners owners,
            RemoteOwners remote,
            Optional<OwnerNode> local,
            String ownAddress,
            LongSupplier definitionsPosition) {
        this.owners = owners;
        this.remote = remote;
        this.local = local;
        this.ownAddress = ownAddress;
        this.calls = new OwnerCalls<>(
                owners,
                ownAddress,
                AdmissionRequest::partition,
                OwnerAdmissions::disowned,
                local.map(node -> requests -> node.admit(definitionsPosition.getAsLong(), requests)),
                (owner, requests, atMost) -> remote.admit(owner, definitionsPosition.getAsLong(), requests, atMost));
    }

    private static boolean disowned(AdmissionAnswer answer) {
        return answer instanceof AdmissionAnswer.NotJudged notJudged
                && notJudged.reason() == AdmissionAnswer.Reason.NOT_OWNER;
    }

    @Override
    public List<AdmissionAnswer> admit(List<AdmissionRequest> requests) {
        List<@Nullable AdmissionAnswer> found = calls.ask(requests, Duration.ofMillis(ANSWERED_WITHIN_MS));
        List<AdmissionAnswer> answers = new ArrayList<>(found.size());
        for (int i = 0; i < found.size(); i++) {
            AdmissionAnswer answer = found.get(i);
            answers.add(answer != null ? answer : unanswered(requests.get(i)));
        }
        return answers;
    }

    private static AdmissionAnswer unanswered(AdmissionRequest request) {
        return new AdmissionAnswer.NotJudged(
                AdmissionAnswer.Reason.HAND_OVER,
                "The owner of partition " + request.partition() + " cannot be asked now; ask again.");
    }

    @Override
    public void report(List<AdmissionOutcome> outcomes) {
        List<AdmissionOutcome> here = new ArrayList<>();
        Map<Owner, List<AdmissionOutcome>> there = new HashMap<>();
        for (AdmissionOutcome outcome : outcomes) {
            Optional<Owner> owner = owners.ownerOf(outcome.partition());
            if (owner.isEmpty() || owner.get().address().equals(ownAddress)) {
                here.add(outcome);
            } else {
                there.computeIfAbsent(owner.get(), known -> new ArrayList<>()).add(outcome);
            }
        }
        if (!here.isEmpty()) {
            local.ifPresent(node -> node.report(here));
        }
        there.forEach((owner, told) -> reportsTo(owner).add(told));
    }

    /// Outcomes that were not told because too many were waiting.
    public long reportsDropped() {
        return dropped.get();
    }

    private Reports reportsTo(Owner owner) {
        Reports known = reports.get(owner);
        if (known != null) {
            return known;
        }
        // A new owner is a rare thing, and the time to forget those that left.
        reports.keySet().removeIf(other -> !owners.instances().contains(other));
        return reports.computeIfAbsent(owner, Reports::new);
    }

    /// What one owner is still to be told. A thread sends while there is something to send, and ends.
    private final class Reports {
        private final Owner owner;
        private final ArrayBlockingQueue<AdmissionOutcome> waiting = new ArrayBlockingQueue<>(REPORTS_MAX);
        private final AtomicBoolean sending = new AtomicBoolean();

        Reports(Owner owner) {
            this.owner = owner;
        }

        void add(List<AdmissionOutcome> outcomes) {
            for (AdmissionOutcome outcome : outcomes) {
                if (!waiting.offer(outcome)) {
                    dropped.incrementAndGet();
                }
            }
            if (sending.compareAndSet(false, true)) {
                OwnerCalls.VIRTUAL_THREADS.execute(this::send);
            }
        }

        private void send() {
            do {
                List<AdmissionOutcome> told = new ArrayList<>();
                while (waiting.drainTo(told, REPORTS_PER_CALL_MAX) > 0) {
                    if (!remote.report(owner, List.copyOf(told), REPORTED_WITHIN)) {
                        dropped.addAndGet(told.size());
                    }
                    told.clear();
                }
                sending.set(false);
            } while (!waiting.isEmpty() && sending.compareAndSet(false, true));
        }
    }
}
