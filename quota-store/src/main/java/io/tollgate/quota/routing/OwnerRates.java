package io.tollgate.quota.routing;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.metering.ratelimit.RateLimit;
import io.tollgate.metering.ratelimit.RateVerdict;
import io.tollgate.quota.ratelimit.RateCounts;
import io.tollgate.quota.ratelimit.RateNode;
import io.tollgate.quota.ratelimit.RateQuestion;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// Rate limits as the owners count them: the owner of an organization's own record key counts for all gateways. Where
/// it
/// cannot be asked in time, this process decides by what it let pass itself. Thread-safe.
public final class OwnerRates {
    /// A request is held up no longer than this by a count that cannot be had.
    public static final Duration ANSWERED_WITHIN = Duration.ofMillis(50);

    private final OwnerCalls<RateQuestion, Optional<RateVerdict>> calls;
    private final Optional<RateNode> local;
    private final RateCounts own;
    private final int partitions;
    private final Duration answeredWithin;
    private final LongAdder decidedHere = new LongAdder();

    /// @param local how this process counts what it owns, if it can own anything
    /// @param ownAddress the address under which this process appears among the owners
    /// @param own what this process let pass of organizations that are counted elsewhere
    /// @param answeredWithin how long the owner is waited for, [#ANSWERED_WITHIN] but for tests
    public OwnerRates(
            Owners owners,
            RemoteRates remote,
            Optional<RateNode> local,
            String ownAddress,
            RateCounts own,
            int partitions,
            Duration answeredWithin) {
        this.calls = new OwnerCalls<>(
                owners,
                ownAddress,
                RateQuestion::partition,
                Optional::isEmpty,
                local.map(node -> questions -> List.of(node.count(questions.getFirst()))),
                (owner, questions, atMost) ->
                        remote.count(owner, questions.getFirst(), atMost).map(List::of));
        this.local = local;
        this.own = own;
        this.partitions = partitions;
        this.answeredWithin = answeredWithin;
    }

    /// Lets a request pass and counts it, or refuses it. Returns at once; what it returns completes soon after
    /// `answeredWithin`,
    /// and never fails.
    ///
    /// @param limits at least one
    public CompletableFuture<RateVerdict> count(OrganizationId organizationId, List<RateLimit> limits) {
        byte[] recordKey = new SubjectKey(organizationId, SubjectId.organization()).recordKeyBytes();
        RateQuestion question =
                new RateQuestion(Partitioning.partitionOf(recordKey, partitions), organizationId, limits);
        Optional<RateVerdict> here = local.flatMap(node -> node.count(question));
        if (here.isPresent()) {
            return CompletableFuture.completedFuture(here.get());
        }
        return CompletableFuture.supplyAsync(() -> ask(question), OwnerCalls.VIRTUAL_THREADS)
                // Also where finding the owner takes longer.
                .completeOnTimeout(Optional.empty(), answeredWithin.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(failure -> Optional.empty())
                // Not on the timer's only thread: what depends on it is the rest of the request.
                .thenApplyAsync(
                        verdict -> verdict.map(told -> noted(question, told)).orElseGet(() -> decide(question)),
                        OwnerCalls.VIRTUAL_THREADS);
    }

    /// How often this process decided by its own counts.
    public long decidedHere() {
        return decidedHere.sum();
    }

    private Optional<RateVerdict> ask(RateQuestion question) {
        return Objects.requireNonNullElse(
                calls.ask(List.of(question), answeredWithin).getFirst(), Optional.empty());
    }

    private RateVerdict noted(RateQuestion question, RateVerdict verdict) {
        switch (verdict) {
            case RateVerdict.Passed passed -> own.passed(question.organizationId(), question.limits());
            case RateVerdict.Refused refused -> {}
        }
        return verdict;
    }

    private RateVerdict decide(RateQuestion question) {
        decidedHere.increment();
        return own.count(question.organizationId(), question.limits());
    }
}
