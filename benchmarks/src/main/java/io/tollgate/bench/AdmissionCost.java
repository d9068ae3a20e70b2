package io.tollgate.bench;

import io.tollgate.bench.EventBody.Shape;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.quota.admission.AdmissionAnswer;
import io.tollgate.quota.admission.AdmissionId;
import io.tollgate.quota.admission.AdmissionOutcome;
import io.tollgate.quota.admission.AdmissionRequest;
import io.tollgate.quota.admission.Admissions;
import io.tollgate.quota.admission.Candidate;
import io.tollgate.quota.ledger.Ledgers;
import io.tollgate.server.config.Role;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/// What asking the owner costs: the decision itself, in the owner's process; a check over HTTP, beside the least that
/// Netty can answer; and batches posted with and without asking, in turn, to the same instance.
final class AdmissionCost {
    static final String NAME = "admission";
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final String METER = "api_request";
    private static final int CHECK_CONNECTIONS = 32;
    private static final int BATCH_CONNECTIONS = 3;
    private static final int WARM_UP_BATCHES = 300;
    /// Bounds the work of a round and its memory.
    private static final int BATCHES_PER_ROUND = 400;

    private static final BigDecimal QUANTITY = new BigDecimal("1.500000");
    private static final BigDecimal PLENTY = new BigDecimal("90000000000000");
    private static final Quota PLENTIFUL = new Quota(
            "bench",
            1,
            PLENTY,
            new QuotaPeriod.Monthly(),
            EnforcementMode.HARD,
            Optional.empty(),
            BigDecimal.ZERO,
            Optional.empty(),
            Optional.empty());

    private final Rig rig;
    private final Plan plan;
    private final int threads;
    private long nextKey;

    private AdmissionCost(Rig rig, Plan plan) {
        this.rig = rig;
        this.plan = plan;
        this.threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }

    static List<Figure> run(Rig rig, Plan plan) throws IOException, InterruptedException {
        AdmissionCost cost = new AdmissionCost(rig, plan);
        List<Figure> figures = new ArrayList<>(cost.inProcess());
        figures.addAll(cost.overHttp());
        return figures;
    }

    private List<Figure> inProcess() throws IOException {
        // Makes the topics.
        rig.run();
        rig.stopInstance();
        List<Figure> figures = new ArrayList<>();
        try (LoneAggregator aggregator = new LoneAggregator(rig, threads, Optional.of(PLENTIFUL))) {
            Ledgers ledgers = aggregator.ledgers();
            rig.await(
                    "open",
                    () -> ledgers.status().size() == Rig.PARTITIONS
                            && ledgers.status().stream()
                                    .allMatch(partition -> partition.closedWhy().isEmpty()));
            for (Shape shape : Shape.values()) {
                IntStream.range(0, WARM_UP_BATCHES).forEach(i -> millisOf(ledgers, shape));
                Figure.Rounds rounds = new Figure.Rounds();
                for (int round = 0; round < plan.rounds(); round++) {
                    double[] millis = IntStream.range(0, BATCHES_PER_ROUND)
                            .mapToDouble(i -> millisOf(ledgers, shape))
                            .toArray();
                    rounds.values.add(Summary.percentile(millis, 0.5));
                    plan.round(NAME, round, "%s, in process: %.2f ms", shape.words, rounds.values.getLast());
                }
                figures.add(
                        Figure.of(NAME, "1,000 events, " + shape.words + ", in process, median", "ms", rounds.values)
                                .aimingAt(shape == Shape.ONE_TENANT ? "at most 2 ms" : ""));
            }
            aggregator.stop();
        }
        return figures;
    }

    /// How long the admission of one batch takes; what it admits is given back.
    private double millisOf(Ledgers ledgers, Shape shape) {
        List<AdmissionRequest> requests = requests(shape);
        long began = System.nanoTime();
        List<AdmissionAnswer> answers = ledgers.admit(-1, requests);
        double millis = (System.nanoTime() - began) / 1e6;
        List<AdmissionOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            AdmissionRequest request = requests.get(i);
            if (!(answers.get(i) instanceof AdmissionAnswer.Decided decided)) {
                throw new IllegalStateException("not admitted: " + answers.get(i));
            }
            outcomes.add(new AdmissionOutcome(
                    request.id(),
                    request.partition(),
                    request.subjectKey(),
                    decided.epoch(),
                    AdmissionOutcome.Fate.FAILED));
        }
        ledgers.report(outcomes);
        return millis;
    }

    private List<AdmissionRequest> requests(Shape shape) {
        Instant now = Instant.now();
        int subjects = shape.recordsPerBatch;
        List<AdmissionRequest> requests = new ArrayList<>(subjects);
        for (int s = 0; s < subjects; s++) {
            SubjectKey subject =
                    new SubjectKey(new OrganizationId("biz_bench"), SubjectId.tenant(new TenantId("cust_" + s)));
            List<Candidate> events = new ArrayList<>();
            for (int i = 0; i < EventBody.BATCH / subjects; i++) {
                byte[] digest = new byte[32];
                events.add(new Candidate(
                        EventId.derived(subject.organizationId(), subject.subject(), "order-" + nextKey++),
                        true,
                        digest,
                        METER,
                        QUANTITY,
                        now.minusSeconds(i % 60)));
            }
            requests.add(new AdmissionRequest(
                    AdmissionId.random(),
                    Partitioning.partitionOf(subject.recordKeyBytes(), Rig.PARTITIONS),
                    subject.recordKey(),
                    ZoneOffset.UTC,
                    false,
                    events));
        }
        return requests;
    }

    private List<Figure> overHttp() throws IOException, InterruptedException {
        AtomicBoolean asking = new AtomicBoolean(true);
        rig.run(owners -> new Switched(owners, asking), Role.GATEWAY, Role.AGGREGATOR);
        rig.makeQuota("cust_0000", METER, PLENTY);
        List<Figure> figures = new ArrayList<>(List.of(checks()));
        for (Shape shape : Shape.values()) {
            figures.add(withAndWithout(shape, asking));
        }
        rig.stopInstance();
        return figures;
    }

    private Figure checks() throws IOException, InterruptedException {
        String path = "/api/v1/quotas/check?tenant_id=cust_0000&event_type=" + METER;
        Figure.Rounds rounds = new Figure.Rounds();
        try (EchoServer netty = new EchoServer()) {
            Load.run(rig.url(), path, rig.key(), EventBody::none, CHECK_CONNECTIONS, WARM_UP);
            Load.run(netty.url(), path, rig.key(), EventBody::none, CHECK_CONNECTIONS, WARM_UP);
            for (int round = 0; round < plan.rounds(); round++) {
                Load.Result load =
                        Load.run(rig.url(), path, rig.key(), EventBody::none, CHECK_CONNECTIONS, plan.lasting());
                Load.Result limit =
                        Load.run(netty.url(), path, rig.key(), EventBody::none, CHECK_CONNECTIONS, plan.lasting());
                if (load.refused() > 0) {
                    throw new IOException(load.refused() + " checks were refused");
                }
                rounds.values.add(load.requestsPerSecond());
                rounds.limits.add(limit.requestsPerSecond());
                plan.round(
                        NAME,
                        round,
                        "checks: %,.0f requests/s, bare Netty %,.0f",
                        load.requestsPerSecond(),
                        limit.requestsPerSecond());
            }
        }
        return Figure.of(NAME, "check of a quota, " + CHECK_CONNECTIONS + " connections", "requests/s", rounds.values)
                .against("bare Netty GET", rounds.limits)
                .aimingAt("ratio at least 0.7");
    }

    private Figure withAndWithout(Shape shape, AtomicBoolean asking) throws IOException, InterruptedException {
        Figure.Rounds rounds = new Figure.Rounds();
        for (boolean ask : new boolean[] {true, false}) {
            asking.set(ask);
            load(shape, WARM_UP);
        }
        for (int round = 0; round < plan.rounds(); round++) {
            asking.set(true);
            rig.awaitCounted();
            rounds.values.add(load(shape, plan.lasting()).eventsPerSecond());
            rounds.lags.add(rig.uncounted() * EventBody.BATCH / shape.recordsPerBatch);
            rig.awaitCounted();
            asking.set(false);
            rounds.limits.add(load(shape, plan.lasting()).eventsPerSecond());
            plan.round(
                    NAME,
                    round,
                    "%s: %,.0f events/s, unasked %,.0f",
                    shape.words,
                    rounds.values.getLast(),
                    rounds.limits.getLast());
        }
        rig.awaitCounted();
        asking.set(true);
        return Figure.of(NAME, "batches of 1,000, " + shape.words, "events/s", rounds.values)
                .against("the same without asking owners", rounds.limits)
                .behind(rounds.lags)
                .aimingAt("ratio at least 0.7");
    }

    private Load.Result load(Shape shape, Duration lasting) throws IOException, InterruptedException {
        Instant now = Instant.now();
        Load.Result load = Load.run(
                rig.url(), "/api/v1/events", rig.key(), () -> EventBody.batch(shape, now), BATCH_CONNECTIONS, lasting);
        if (load.events() == 0) {
            throw new IOException("no request was accepted");
        }
        return load;
    }

    /// Asks the owners, or takes them for absent: events are then written unchecked, as during a hand-over.
    private record Switched(Admissions owners, AtomicBoolean asking) implements Admissions {
        private static final AdmissionAnswer UNASKED =
                new AdmissionAnswer.NotJudged(AdmissionAnswer.Reason.HAND_OVER, "nobody is asked");

        @Override
        public List<AdmissionAnswer> admit(List<AdmissionRequest> requests) {
            return asking.get()
                    ? owners.admit(requests)
                    : requests.stream().map(request -> UNASKED).toList();
        }

        @Override
        public void report(List<AdmissionOutcome> outcomes) {
            owners.report(outcomes);
        }
    }
}
