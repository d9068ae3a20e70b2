package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.routing.Owner;
import io.tollgate.quota.rpc.GrpcOwners;
import io.tollgate.systemtest.AdmissionAudit.Counted;
import io.tollgate.systemtest.AdmissionAudit.Metered;
import io.tollgate.systemtest.Told.Word;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/// Two gateways and three aggregators, a process each, under load at their tenants' quotas while they are killed,
/// frozen
/// and started again. Whatever clients were told and the log holds is then compared by [AdmissionAudit].
///
/// `-Dchaos.seconds=120` (or `-Pchaos`) runs it longer, `-Dchaos.seed=42` makes the same choices again. What was found,
/// every answer and every fault stand in `target/chaos/`.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AdmissionChaosIT {
    private static final int SECONDS = Integer.getInteger("chaos.seconds", 20);
    private static final long SEED = Long.getLong("chaos.seed", System.nanoTime() & 0xffffff);
    private static final int TENANTS = 200;
    private static final int CLIENTS = 48;
    private static final int GATEWAYS = 2;
    private static final int AGGREGATORS = 3;
    private static final Path REPORTS = Path.of("target", "chaos");

    /// How long requests under way may take to be settled when the faults have ended.
    private static final Duration SETTLE_MAX = Duration.ofSeconds(90);

    /// What is hoped for stands in the report; a test that fails by the clock says little on a busy machine.
    private static final Duration RECOVERY_MAX = Duration.ofSeconds(60);

    private static final Duration POLL = Duration.ofMillis(25);
    private static final int RECOVERIES = SECONDS >= 60 ? 3 : 1;

    private ChaosCluster cluster;
    private Api api;
    private String organization;
    private final Map<Metered, BigDecimal> ceilings = new HashMap<>();
    private final StringBuilder report = new StringBuilder();

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        Files.createDirectories(REPORTS);
        System.out.println("chaos: seed " + SEED + ", " + SECONDS + " s");
        cluster = new ChaosCluster(folder, GATEWAYS, AGGREGATORS);
        api = cluster.admin().newOrganization("chaos");
        limitEverybody();
        defineMetrics();
        for (ServerProcess gateway : cluster.of("gateway")) {
            Api at = api.at(gateway.url());
            ChaosCluster.await("quotas known", () -> allLimited(at));
            ChaosCluster.await("metrics known", () -> allDefined(at));
        }
        organization =
                gateway(0).get("/api/v1/metrics").body().path("business_id").asText();
        cluster.awaitCalm();
        for (ServerProcess aggregator : cluster.of("aggregator")) {
            // Empty partitions changed hands while one aggregator after the other came.
            assertThat(aggregator.log()).doesNotContain("TaskCorruptedException");
        }
    }

    @AfterAll
    void stop() throws Exception {
        Files.writeString(REPORTS.resolve("report.txt"), report);
        System.out.println(report);
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    @Order(1)
    void limitsHoldAndNothingIsLostOrCountedTwiceWhateverDies() throws Exception {
        Instant lastMonth = YearMonth.now(ZoneOffset.UTC)
                .minusMonths(1)
                .atDay(15)
                .atStartOfDay()
                .toInstant(ZoneOffset.UTC);
        ChaosFaults faults = new ChaosFaults(cluster.processes(), SEED, Duration.ofSeconds(SECONDS));
        ChaosLoad load = new ChaosLoad(
                cluster.of("gateway").stream()
                        .map(gateway -> api.at(gateway.url()))
                        .toList(),
                TENANTS,
                CLIENTS,
                SEED,
                lastMonth.toString());
        boolean settled;
        long quiet;
        try {
            faults.run();
            quiet = System.nanoTime();
            settled = load.stop(SETTLE_MAX);
        } finally {
            Files.write(REPORTS.resolve("faults.txt"), faults.log());
            Files.write(
                    REPORTS.resolve("answers.jsonl"),
                    load.told().stream().map(Told::toLine).toList());
        }
        double settling = (System.nanoTime() - quiet) / 1e9;
        for (ServerProcess process : cluster.processes().values()) {
            process.awaitReady();
        }
        cluster.awaitCalm();

        StockConsumer consumer = StockConsumer.of(cluster.base());
        List<Counted> accepted = consumer.readAll("tollgate.accepted-events").stream()
                .map(AdmissionAudit::counted)
                .toList();
        List<StockConsumer.Entry> rejected = consumer.readAll("tollgate.rejected-events");
        Set<String> rejectedIds =
                rejected.stream().map(entry -> entry.text("eventId")).collect(Collectors.toSet());
        AdmissionAudit audit = AdmissionAudit.of(load.told(), accepted, rejectedIds, ceilings);
        List<String> differing = differing(accepted);
        say("Admission under chaos: seed %d, %d s of load, %d tenants, %d clients", SEED, SECONDS, TENANTS, CLIENTS);
        say(
                "  %d gateways, %d aggregators, %d partitions, 1 standby; session timeout 6 s, in time within 2 s; %d processors",
                GATEWAYS,
                AGGREGATORS,
                ChaosCluster.PARTITIONS,
                Runtime.getRuntime().availableProcessors());
        say("  faults     kills %d, freezes %d: %s", faults.kills(), faults.freezes(), faults.done());
        say(
                "  requests   %d: 200 %d, 207 %d, 403 %d, 409 %d, 503 %d, others %d of %s, no answer %d",
                load.requests(),
                load.answered(200),
                load.answered(207),
                load.answered(403),
                load.answered(409),
                load.answered(503),
                others(load),
                load.statuses(),
                load.unanswered());
        say("  events     told %s; accepted %d, rejected %s", load.words(), accepted.size(), reasons(rejected));
        say("  settled    %.1f s after the last fault; given up: %d", settling, load.unsettled());
        report.append(audit.report());
        say("  %-20s %6d  a gateway's current value is not the log's", "differs", differing.size());
        differing.stream().limit(5).forEach(example -> say("      %s", example));

        assertThat(faults.kills()).as("kills").isPositive();
        assertThat(faults.freezes()).as("freezes").isPositive();
        Map<Word, Long> words = load.words();
        assertThat(words).as("the load met its limits").containsKeys(Word.NEW, Word.DUPLICATE, Word.DENIED);
        assertThat(audit.total()).as(report.toString()).isZero();
        assertThat(differing).as(report.toString()).isEmpty();
        assertThat(settled).as(report.toString()).isTrue();
        assertThat(others(load)).as("answers that nobody documents").isZero();
    }

    @Test
    @Order(2)
    void copiesAnswerAtOnceAndAnotherOwnerAdmitsSoon() throws Exception {
        say(
                "After kill -9 of an aggregator, through a gateway (session timeout 6 s, lease 3 s, in time within 2 s, 1 standby):");
        List<Double> lookUps = new ArrayList<>();
        List<Double> admissions = new ArrayList<>();
        for (int i = 0; i < RECOVERIES; i++) {
            ServerProcess victim = cluster.of("aggregator").get(i % AGGREGATORS);
            String address = "127.0.0.1:" + victim.setting("TOLLGATE_INTERNAL_PORT");
            cluster.awaitCalm();
            ChaosCluster.await(
                    "partitions of " + address, () -> cluster.owners().containsValue(address));
            List<Integer> tenants = oneTenantOfEach(cluster.owners().entrySet().stream()
                    .filter(owner -> owner.getValue().equals(address))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet()));
            makeRoom(tenants);
            awaitCopies(address, tenants);

            long killed = System.nanoTime();
            victim.kill();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Double>> reading = new ArrayList<>();
                List<Future<Double>> admitting = new ArrayList<>();
                for (int tenant : tenants) {
                    reading.add(threads.submit(() -> secondsUntil(
                            killed, () -> gateway(0).get(metric(tenant)).status() == 200)));
                    String event = event(tenant, "after-kill-" + i);
                    admitting.add(threads.submit(() -> secondsUntil(
                            killed,
                            () -> gateway(0).post("/api/v1/events", event).status() == 200)));
                }
                lookUps.add(longest(reading));
                admissions.add(longest(admitting));
            }
            say(
                    "  %d partitions lost: look-ups answer after %.1f s (goal 3), hard-limited admission after %.1f s (goal 15)",
                    tenants.size(), lookUps.getLast(), admissions.getLast());
            victim.startAgain();
            victim.awaitReady();
        }
        assertThat(lookUps).allMatch(seconds -> seconds < RECOVERY_MAX.toSeconds());
        assertThat(admissions).allMatch(seconds -> seconds < RECOVERY_MAX.toSeconds());
    }

    // Quotas

    private void limitEverybody() throws Exception {
        List<String> quotas = new ArrayList<>();
        for (int i = 0; i < TENANTS; i++) {
            int limit = 20 + 5 * (i % 9);
            quotas.add(quota(i, ChaosLoad.LIMITED, limit, ",\"soft_limit_percent\":80"));
            ceilings.put(new Metered(ChaosLoad.tenant(i), ChaosLoad.LIMITED), BigDecimal.valueOf(limit));
            if (i % 3 == 0) {
                quotas.add(quota(
                        i, ChaosLoad.ALSO_LIMITED, limit, ",\"enforcement_mode\":\"SOFT\",\"overage_allowed\":7"));
                ceilings.put(new Metered(ChaosLoad.tenant(i), ChaosLoad.ALSO_LIMITED), BigDecimal.valueOf(limit + 7));
            }
        }
        atOnce(quotas.stream()
                .map(quota -> (Callable<Void>) () -> {
                    Api.Answer made = api.post("/api/v1/quotas", quota);
                    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
                    return null;
                })
                .toList());
    }

    /// An update needs a metric, so that a mistyped name makes none.
    private void defineMetrics() throws Exception {
        List<Callable<Void>> definitions = new ArrayList<>();
        for (int i = 0; i < TENANTS; i++) {
            for (String meter : List.of(ChaosLoad.LIMITED, ChaosLoad.ALSO_LIMITED)) {
                String path = "/api/v1/metrics?scope=customer&customer_id=" + ChaosLoad.tenant(i);
                definitions.add(() -> {
                    Api.Answer made = api.post(path, "{\"metric_name\":\"" + meter + "\",\"metric_type\":\"reset\"}");
                    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
                    return null;
                });
            }
        }
        atOnce(definitions);
    }

    private boolean allDefined(Api at) throws Exception {
        for (String meter : List.of(ChaosLoad.LIMITED, ChaosLoad.ALSO_LIMITED)) {
            for (int i = 0; i < TENANTS; i++) {
                if (at.get("/api/v1/metrics/" + meter + "?scope=customer&customer_id=" + ChaosLoad.tenant(i))
                                .status()
                        != 200) {
                    return false;
                }
            }
        }
        return true;
    }

    private static String quota(int tenant, String meter, int limit, String more) {
        return "{\"tenant_id\":\"" + ChaosLoad.tenant(tenant) + "\",\"event_type\":\"" + meter + "\",\"limit_value\":"
                + limit + more + "}";
    }

    private boolean allLimited(Api at) throws Exception {
        return checks(at).values().stream()
                .allMatch(result -> result.path("has_quota").asBoolean());
    }

    private Map<Metered, JsonNode> checks(Api at) throws IOException, InterruptedException {
        List<Metered> asked = List.copyOf(ceilings.keySet());
        String body = asked.stream()
                .map(metered -> "{\"tenant_id\":\"" + metered.tenant() + "\",\"event_type\":\"" + metered.meter()
                        + "\",\"quantity\":1}")
                .collect(Collectors.joining(",", "{\"checks\":[", "]}"));
        JsonNode results = at.post("/api/v1/quotas/check", body).body().path("results");
        Map<Metered, JsonNode> found = new HashMap<>();
        for (int i = 0; i < asked.size(); i++) {
            found.put(asked.get(i), results.path(i));
        }
        return found;
    }

    /// What the owners hold against the quotas of this month must be what the log holds, as soon as all is calm.
    private List<String> differing(List<Counted> accepted) throws Exception {
        YearMonth now = YearMonth.now(ZoneOffset.UTC);
        Map<Metered, BigDecimal> sums = accepted.stream()
                .filter(event -> event.month().equals(now))
                .collect(Collectors.toMap(
                        event -> new Metered(event.tenant(), event.meter()), Counted::quantity, BigDecimal::add));
        List<String> differing = new ArrayList<>();
        for (int i = 0; i < GATEWAYS; i++) {
            Map<Metered, JsonNode> found = checks(gateway(i));
            for (Map.Entry<Metered, JsonNode> entry : found.entrySet()) {
                BigDecimal logged = sums.getOrDefault(entry.getKey(), BigDecimal.ZERO);
                JsonNode current = entry.getValue().path("current");
                if (!current.isNumber() || current.decimalValue().compareTo(logged) != 0) {
                    differing.add(entry.getKey() + ": " + entry.getValue() + ", the log " + logged);
                }
            }
        }
        return differing;
    }

    // Recovery

    private Double secondsUntil(long sinceNanos, Callable<Boolean> answered) throws Exception {
        while (true) {
            boolean yes = false;
            try {
                yes = answered.call();
            } catch (IOException e) {
                // as good as no answer
            }
            double seconds = (System.nanoTime() - sinceNanos) / 1e9;
            if (yes || seconds > RECOVERY_MAX.toSeconds()) {
                return seconds;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private static double longest(List<Future<Double>> measured) throws Exception {
        double longest = 0;
        for (Future<Double> one : measured) {
            longest = Math.max(longest, one.get());
        }
        return longest;
    }

    private List<Integer> oneTenantOfEach(Set<Integer> partitions) {
        return partitions.stream()
                .map(partition -> IntStream.range(0, TENANTS)
                        .filter(tenant -> partitionOf(tenant) == partition)
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    private void makeRoom(List<Integer> tenants) throws Exception {
        for (int tenant : tenants) {
            Api.Answer update = gateway(0)
                    .put(
                            "/api/v1/metrics/" + ChaosLoad.LIMITED + "?scope=customer&customer_id="
                                    + ChaosLoad.tenant(tenant),
                            "{\"value\":-10}");
            assertThat(update.status()).as(update.body().toString()).isEqualTo(200);
        }
    }

    /// Waits until somebody else has a copy of what each of the tenants has.
    private void awaitCopies(String owner, List<Integer> tenants) throws Exception {
        List<Owner> others = cluster.of("aggregator").stream()
                .map(aggregator -> "127.0.0.1:" + aggregator.setting("TOLLGATE_INTERNAL_PORT"))
                .filter(address -> !address.equals(owner))
                .map(Owner::new)
                .toList();
        try (GrpcOwners remote = new GrpcOwners(ChaosCluster.SECRET)) {
            for (int tenant : tenants) {
                CounterRead read = new CounterRead.Total(subjectKey(tenant), ChaosLoad.LIMITED);
                ChaosCluster.await(
                        "a copy of " + subjectKey(tenant),
                        () -> others.stream()
                                .anyMatch(other -> remote.askCopy(
                                                other, partitionOf(tenant), read, -1, Duration.ofSeconds(1))
                                        .filter(found -> !found.readings().isEmpty())
                                        .isPresent()));
            }
        }
    }

    private static String metric(int tenant) {
        return "/api/v1/metrics/" + ChaosLoad.LIMITED + "?scope=customer&customer_id=" + ChaosLoad.tenant(tenant);
    }

    private static String event(int tenant, String key) {
        return "{\"event_type\":\"" + ChaosLoad.LIMITED + "\",\"tenant_id\":\"" + ChaosLoad.tenant(tenant)
                + "\",\"quantity\":1,\"idempotency_key\":\"" + key + "\"}";
    }

    private String subjectKey(int tenant) {
        return organization + "/tenant:" + ChaosLoad.tenant(tenant);
    }

    private int partitionOf(int tenant) {
        return Partitioning.partitionOf(subjectKey(tenant).getBytes(StandardCharsets.UTF_8), ChaosCluster.PARTITIONS);
    }

    private Api gateway(int number) {
        return api.at(cluster.of("gateway").get(number).url());
    }

    // The report

    private static int others(ChaosLoad load) {
        return load.requests()
                - load.unanswered()
                - IntStream.of(200, 207, 403, 409, 503).map(load::answered).sum();
    }

    private static Map<String, Long> reasons(List<StockConsumer.Entry> rejected) {
        return rejected.stream().collect(Collectors.groupingBy(entry -> entry.text("reason"), Collectors.counting()));
    }

    private void say(String format, Object... values) {
        report.append(String.format(Locale.ROOT, format, values)).append(System.lineSeparator());
    }

    private static void atOnce(List<Callable<Void>> calls) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (Future<Void> call : threads.invokeAll(calls)) {
                call.get();
            }
        }
    }
}
