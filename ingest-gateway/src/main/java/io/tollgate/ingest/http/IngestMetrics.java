package io.tollgate.ingest.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Requires;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.capacity.InFlightBytes;
import io.tollgate.ingest.event.IntakeOutcome;
import io.tollgate.ingest.proxy.TargetClient;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/// What the gateway says about itself. Labels are outcomes and codes only: never an organization or a tenant.
@Context // Counters are there, at 0, before the first request.
@Requires(property = "tollgate.roles.gateway", value = "true")
final class IngestMetrics {
    /// Bounds of the latency histograms: around the single-event target, and up to the promise of two seconds.
    private static final Duration[] LATENCY_BOUNDS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(2)
    };

    private final MeterRegistry registry;
    private final Counter accepted;
    private final Counter duplicate;
    private final Map<ErrorCode, Counter> rejectedEvents = new EnumMap<>(ErrorCode.class);
    private final Map<ErrorCode, Counter> refusedRequests = new EnumMap<>(ErrorCode.class);
    private final Timer requests;
    private final Timer admissions;
    private final Timer appends;
    private final DistributionSummary bodyBytes;

    IngestMetrics(MeterRegistry registry, InFlightBytes inFlight) {
        this.registry = registry;
        accepted = Counter.builder("tollgate.ingest.events")
                .description("Events acknowledged by the log")
                .tag("outcome", "accepted")
                .register(registry);
        duplicate = Counter.builder("tollgate.ingest.events")
                .description("Events acknowledged by the log")
                .tag("outcome", "duplicate")
                .register(registry);
        for (ErrorCode code : ErrorCode.values()) {
            rejectedEvents.put(
                    code,
                    Counter.builder("tollgate.ingest.events.rejected")
                            .description("Events that failed alone")
                            .tag("code", code.name())
                            .register(registry));
            refusedRequests.put(
                    code,
                    Counter.builder("tollgate.ingest.requests.refused")
                            .description("Requests of which nothing was acknowledged")
                            .tag("code", code.name())
                            .register(registry));
        }
        requests = Timer.builder("tollgate.ingest.request")
                .description("From the body being there to the answer")
                .serviceLevelObjectives(LATENCY_BOUNDS)
                .register(registry);
        admissions = Timer.builder("tollgate.ingest.admission")
                .description("From asking the owners of the partitions to handing the records over")
                .serviceLevelObjectives(LATENCY_BOUNDS)
                .register(registry);
        appends = Timer.builder("tollgate.ingest.append")
                .description("From handing records to the log to their acknowledgement")
                .serviceLevelObjectives(LATENCY_BOUNDS)
                .register(registry);
        bodyBytes = DistributionSummary.builder("tollgate.ingest.body")
                .description("Bodies as received")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("tollgate.ingest.inflight", inFlight, InFlightBytes::reserved)
                .description("Request bytes taken in and not yet answered")
                .baseUnit("bytes")
                .register(registry);
    }

    /// Notes what became of a call that was forwarded.
    void proxied(TargetClient.Reached reached) {
        String outcome = switch (reached) {
            case TargetClient.Reached.Answered answered -> "answered";
            case TargetClient.Reached.Forbidden forbidden -> "forbidden";
            case TargetClient.Reached.Failed failed -> "failed";
            case TargetClient.Reached.TimedOut timedOut -> "timed_out";
            case TargetClient.Reached.TooLarge tooLarge -> "too_large";
            case TargetClient.Reached.Overloaded overloaded -> "overloaded";
        };
        Counter.builder("tollgate.proxy.calls")
                .description("Calls that passed their limits, by what became of them at the target")
                .tag("outcome", outcome)
                .register(registry)
                .increment();
    }

    /// Does `work` for a request whose body has `bytes`, and notes how long it took and how it ended. What goes wrong,
    /// at once or later, ends up in the answer unwrapped.
    <T> CompletableFuture<T> measured(int bytes, Supplier<CompletableFuture<T>> work) {
        bodyBytes.record(bytes);
        Timer.Sample started = Timer.start(registry);
        CompletableFuture<T> answer = new CompletableFuture<>();
        CompletableFuture<T> working;
        try {
            working = work.get();
        } catch (Problem problem) {
            working = CompletableFuture.failedFuture(problem);
        }
        working.whenComplete((value, failure) -> {
            started.stop(requests);
            if (failure == null) {
                answer.complete(value);
            } else {
                Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
                refused(cause instanceof Problem problem ? problem.code() : ErrorCode.INTERNAL);
                answer.completeExceptionally(cause);
            }
        });
        return answer;
    }

    /// Counts the problem that `check` raises, if any.
    void countingRefusals(Runnable check) {
        try {
            check.run();
        } catch (Problem problem) {
            refused(problem.code());
            throw problem;
        }
    }

    /// Notes how long the owners took, and the handing over of what they let pass.
    <T> T admitting(Supplier<T> admission) {
        Timer.Sample started = Timer.start(registry);
        try {
            return admission.get();
        } finally {
            started.stop(admissions);
        }
    }

    /// Notes how long it is until `settled` completes.
    <T> CompletableFuture<T> appending(CompletableFuture<T> settled) {
        Timer.Sample started = Timer.start(registry);
        return settled.whenComplete((value, failure) -> started.stop(appends));
    }

    /// Counts the events of an acknowledged request.
    void recorded(List<IntakeOutcome> outcomes) {
        int acceptedHere = 0;
        int duplicatesHere = 0;
        for (IntakeOutcome outcome : outcomes) {
            switch (outcome) {
                case IntakeOutcome.Recorded recorded -> acceptedHere++;
                case IntakeOutcome.Duplicate duplicates -> duplicatesHere++;
                case IntakeOutcome.Conflict conflict -> count(rejectedEvents, ErrorCode.IDEMPOTENCY_KEY_REUSED);
                case IntakeOutcome.Denied denied -> count(rejectedEvents, ErrorCode.QUOTA_EXCEEDED);
                case IntakeOutcome.Undecided undecided -> count(rejectedEvents, ErrorCode.OWNER_UNAVAILABLE);
                case IntakeOutcome.TenantDeleted gone -> count(rejectedEvents, ErrorCode.TENANT_DELETED);
                case IntakeOutcome.Rejected rejected ->
                    count(rejectedEvents, rejected.event().code());
            }
        }
        accepted.increment(acceptedHere);
        duplicate.increment(duplicatesHere);
    }

    private void refused(ErrorCode code) {
        count(refusedRequests, code);
    }

    private static void count(Map<ErrorCode, Counter> counters, ErrorCode code) {
        Counter counter = counters.get(code);
        if (counter != null) {
            counter.increment();
        }
    }
}
