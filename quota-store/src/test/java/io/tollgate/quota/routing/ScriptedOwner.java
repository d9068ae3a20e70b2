package io.tollgate.quota.routing;

import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.OwnerNode;
import io.tollgate.quota.admission.PartitionStatus;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.ReservationAnswer;
import io.tollgate.quota.admission.ReservationId;
import io.tollgate.quota.admission.ReservationNode;
import io.tollgate.quota.admission.ReservationRequest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// An instance that owns what a test says, and signs its answers with its epoch.
public final class ScriptedOwner implements OwnerNode, ReservationNode {
    public final UUID epoch = UUID.randomUUID();
    public final Set<Integer> owned = ConcurrentHashMap.newKeySet();
    public final Set<Integer> copies = ConcurrentHashMap.newKeySet();
    public final BlockingQueue<AdmissionOutcome> reported = new LinkedBlockingQueue<>();
    public final AtomicInteger calls = new AtomicInteger();
    public volatile String address = "";
    public volatile long definitionsPosition = Long.MIN_VALUE;

    public ScriptedOwner(Integer... partitions) {
        owned.addAll(List.of(partitions));
    }

    @Override
    public List<AdmissionAnswer> admit(long position, List<AdmissionRequest> requests) {
        calls.incrementAndGet();
        definitionsPosition = position;
        return requests.stream()
                .<AdmissionAnswer>map(request -> owned.contains(request.partition())
                        ? new AdmissionAnswer.Decided(epoch, Instant.ofEpochSecond(request.partition()), List.of())
                        : new AdmissionAnswer.NotJudged(Reason.NOT_OWNER, "not here"))
                .toList();
    }

    @Override
    public void report(List<AdmissionOutcome> outcomes) {
        reported.addAll(outcomes);
    }

    @Override
    public List<CheckAnswer> check(long position, List<QuotaCheck> checks, boolean stale) {
        calls.incrementAndGet();
        definitionsPosition = position;
        return checks.stream()
                .<CheckAnswer>map(check -> (stale ? copies : owned).contains(check.partition())
                        ? Answers.judged(check.quantity())
                        : new CheckAnswer.NotJudged(Reason.NOT_OWNER, "not here"))
                .toList();
    }

    @Override
    public List<PartitionStatus> status() {
        return owned.stream()
                .sorted()
                .map(partition -> new PartitionStatus(
                        partition,
                        address,
                        epoch,
                        Optional.empty(),
                        7,
                        0,
                        0,
                        Optional.empty(),
                        0,
                        0,
                        Optional.empty(),
                        Optional.empty()))
                .toList();
    }

    /// Grants every step at the second of its partition's number.
    @Override
    public ReservationAnswer reserve(long position, ReservationRequest request) {
        calls.incrementAndGet();
        definitionsPosition = position;
        return owned.contains(request.partition())
                ? new ReservationAnswer.Granted(
                        epoch, Instant.ofEpochSecond(request.partition()), List.of(), List.of(), List.of())
                : new ReservationAnswer.NotJudged(Reason.NOT_OWNER, "not here");
    }

    /// Knows no reservation.
    @Override
    public ReservationAnswer reservation(ReservationId id) {
        calls.incrementAndGet();
        return owned.contains(id.partition())
                ? new ReservationAnswer.Unknown()
                : new ReservationAnswer.NotJudged(Reason.NOT_OWNER, "not here");
    }
}
