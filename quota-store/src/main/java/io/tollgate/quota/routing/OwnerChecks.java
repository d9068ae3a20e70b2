package io.tollgate.quota.routing;

import io.tollgate.quota.admission.AdmissionAnswer.Reason;
import io.tollgate.quota.admission.Admissions;
import io.tollgate.quota.admission.CheckAnswer;
import io.tollgate.quota.admission.OwnerNode;
import io.tollgate.quota.admission.QuotaCheck;
import io.tollgate.quota.admission.QuotaChecks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Quota checks by the owners as they are known, or by whoever has a copy of what a missing owner had.
public final class OwnerChecks implements QuotaChecks {
    /// A copy has nothing to wait for: this is network and reading.
    private static final Duration COPY_ANSWERS_WITHIN = Duration.ofMillis(300);

    private final Owners owners;
    private final RemoteOwners remote;
    private final Optional<OwnerNode> local;
    private final String ownAddress;
    private final LongSupplier definitionsPosition;
    private final OwnerCalls<QuotaCheck, CheckAnswer> calls;

    /// As for [OwnerAdmissions].
    public OwnerChecks(
            Owners owners,
            RemoteOwners remote,
            Optional<OwnerNode> local,
            String ownAddress,
            LongSupplier definitionsPosition) {
        this.owners = owners;
        this.remote = remote;
        this.local = local;
        this.ownAddress = ownAddress;
        this.definitionsPosition = definitionsPosition;
        this.calls = new OwnerCalls<>(
                owners,
                ownAddress,
                QuotaCheck::partition,
                answer -> notJudged(answer, Reason.NOT_OWNER),
                local.map(node -> checks -> node.check(definitionsPosition.getAsLong(), checks, false)),
                (owner, checks, atMost) -> remote.check(owner, definitionsPosition.getAsLong(), checks, false, atMost));
    }

    private static boolean notJudged(CheckAnswer answer, Reason reason) {
        return answer instanceof CheckAnswer.NotJudged notJudged && notJudged.reason() == reason;
    }

    @Override
    public List<CheckAnswer> check(List<QuotaCheck> checks) {
        List<@Nullable CheckAnswer> found = calls.ask(checks, Duration.ofMillis(Admissions.ANSWERED_WITHIN_MS));
        List<CheckAnswer> answers = new ArrayList<>(found.size());
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            CheckAnswer answer = found.get(i);
            if (answer == null || notJudged(answer, Reason.HAND_OVER)) {
                open.add(i);
            }
            answers.add(answer != null ? answer : unanswered(checks.get(i)));
        }
        if (!open.isEmpty()) {
            askCopies(checks, open, answers);
        }
        return answers;
    }

    /// Asks every instance at once, each for everything that is open: nobody knows who has a copy of what.
    private void askCopies(List<QuotaCheck> checks, List<Integer> open, List<CheckAnswer> answers) {
        List<QuotaCheck> asked = open.stream().map(checks::get).toList();
        long position = definitionsPosition.getAsLong();
        List<Supplier<List<CheckAnswer>>> copies = new ArrayList<>();
        local.ifPresent(node -> copies.add(() -> node.check(position, asked, true)));
        for (Owner instance : owners.instances()) {
            if (!instance.address().equals(ownAddress)) {
                copies.add(() -> remote.check(instance, position, asked, true, COPY_ANSWERS_WITHIN)
                        .orElse(List.of()));
            }
        }
        List<CompletableFuture<List<CheckAnswer>>> replies = copies.stream()
                .map(copy -> CompletableFuture.supplyAsync(copy, OwnerCalls.VIRTUAL_THREADS))
                .toList();
        for (CompletableFuture<List<CheckAnswer>> reply : replies) {
            List<CheckAnswer> ofCopy = reply.join();
            for (int i = 0; i < ofCopy.size(); i++) {
                int index = open.get(i);
                answers.set(index, better(answers.get(index), ofCopy.get(i)));
            }
        }
    }

    /// Of two copies, the one that has counted more is the one that lags less.
    private static CheckAnswer better(CheckAnswer known, CheckAnswer ofCopy) {
        return switch (ofCopy) {
            case CheckAnswer.Judged judged ->
                known instanceof CheckAnswer.Judged other && other.current().compareTo(judged.current()) >= 0
                        ? known
                        : stale(judged);
            case CheckAnswer.Unlimited unlimited -> known instanceof CheckAnswer.NotJudged ? unlimited : known;
            case CheckAnswer.NotJudged notJudged -> known;
        };
    }

    private static CheckAnswer stale(CheckAnswer.Judged judged) {
        return new CheckAnswer.Judged(
                judged.allowed(),
                judged.quota(),
                judged.current(),
                judged.reserved(),
                judged.resetsAt(),
                judged.warning(),
                true);
    }

    private static CheckAnswer unanswered(QuotaCheck check) {
        return new CheckAnswer.NotJudged(
                Reason.HAND_OVER,
                "Neither the owner of partition " + check.partition()
                        + " nor a copy of it can be asked now; ask again.");
    }
}
