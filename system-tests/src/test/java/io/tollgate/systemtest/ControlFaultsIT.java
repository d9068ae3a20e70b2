package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.topic.Topics;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The only control role, on a PostgreSQL that it shares with nobody, is killed in the middle of management calls, and
/// its PostgreSQL hangs and dies. Another process counts, and is a gateway that knows definitions by the log alone.
///
/// `-Dchaos.kills=20` (or `-Pchaos`) kills more often.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ControlFaultsIT {
    private static final int KILLS = Integer.getInteger("chaos.kills", 3);
    private static final int WRITERS = 6;
    private static final int CHANGES_BETWEEN_KILLS = 40;

    /// Every so many steps a writer makes a key instead of changing its quota.
    private static final int STEPS_PER_KEY = 8;

    private static final String PARTITIONS = "4";
    private static final String ADMIN_KEY = ChaosCluster.ADMIN_KEY;
    private static final List<String> SMALL = List.of("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    private static final List<String> BASE = List.of("-Xmx640m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// A connection is waited for 2 s, one that rested is asked for another, and the machine is busy.
    private static final Duration REFUSED_WITHIN = Duration.ofSeconds(6);

    /// Only for statements that were under way when PostgreSQL stood still: the driver gives them up after 30 s.
    private static final Duration UNDER_WAY_WITHIN = Duration.ofSeconds(40);

    private static final int CALLERS = 8;

    private ServerProcess base;
    private ServerProcess control;
    private Path database;
    private Jdbi jdbi;
    private HttpServer target;
    private Api admin;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        target = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        target.createContext("/", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        target.start();
        Path services = Files.createDirectories(folder.resolve("base"));
        Map<String, String> common = Map.of(
                "ADMIN_SECRET_KEY",
                ADMIN_KEY,
                "TOLLGATE_PARTITIONS",
                PARTITIONS,
                "TOLLGATE_CLUSTER_SECRET",
                ChaosCluster.SECRET,
                "PROXY_ALLOWED_TARGETS",
                "127.0.0.1:" + target.getAddress().getPort());
        Map<String, String> settings = new HashMap<>(common);
        settings.put("TOLLGATE_DATA", services.toString());
        settings.put("TOLLGATE_PORT", ServerProcess.freePort());
        settings.put("TOLLGATE_KAFKA_PORT", ServerProcess.freePort());
        settings.put("TOLLGATE_POSTGRES_PORT", ServerProcess.freePort());
        settings.put("TOLLGATE_REGISTRY_PORT", ServerProcess.freePort());
        settings.put("TOLLGATE_ROLES", "aggregator,gateway");
        base = ServerProcess.start(folder.resolve("base-log"), settings, BASE, List.of(BaseServices.class.getName()))
                .awaitReady();
        database = services.resolve("services").resolve("postgres");
        String password = Files.readString(services.resolve("services/secrets/postgres-password"))
                .strip();
        String address = "127.0.0.1:" + base.setting("TOLLGATE_POSTGRES_PORT") + "/tollgate";
        jdbi = Jdbi.create("jdbc:postgresql://" + address, "tollgate", password);

        settings = new HashMap<>(common);
        settings.put(
                "TOLLGATE_DATA",
                Files.createDirectories(folder.resolve("control")).toString());
        settings.put("TOLLGATE_PORT", ServerProcess.freePort());
        settings.put("TOLLGATE_ROLES", "control,gateway");
        settings.put("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + base.setting("TOLLGATE_KAFKA_PORT"));
        settings.put("SCHEMA_REGISTRY_URL", "http://127.0.0.1:" + base.setting("TOLLGATE_REGISTRY_PORT"));
        settings.put("DATABASE_URL", "postgresql://tollgate:" + password + "@" + address);
        control = ServerProcess.start(folder.resolve("control-log"), settings, SMALL)
                .awaitReady();
        admin = Api.admin(control.url(), ADMIN_KEY);
    }

    @AfterAll
    void stop() throws Exception {
        if (control != null) {
            control.kill();
        }
        if (base != null) {
            base.close();
        }
        target.stop(0);
    }

    // Positions

    @Test
    void definitionMadeAtOneInstanceHoldsAtAnotherThatIsAskedForIt() throws Exception {
        Api api = admin.newOrganization("positions");
        for (int i = 0; i < 20; i++) {
            Api.Answer made = key(api, "t" + i);
            assertThat(made.position()).as("round %d %s", i, made.body()).isNotEmpty();

            Api.Answer read = api.withKey(made.body().path("api_key").asText())
                    .at(base.url())
                    .getAfter(made.position(), check("t" + i));

            assertThat(read.status()).as("round %d %s", i, read.body()).isEqualTo(200);
        }
    }

    @Test
    void whatIsNotWrittenYetIsWaitedForAndThenToldToBeMissing() throws Exception {
        Api api = admin.newOrganization("ahead");
        Api far = api.at(base.url());
        String keys = Topics.KEY_DEFINITIONS.name();
        long last =
                LogPosition.fromText(key(api, "first").position()).definitions().get(keys);

        long began = System.nanoTime();
        Api.Answer missing =
                far.getAfter(LogPosition.ofDefinition(keys, last + 1_000_000).toText(), check("t1"));
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertThat(missing.status()).as(missing.body().toString()).isEqualTo(503);
        assertThat(missing.body().path("code").asText()).isEqualTo("NOT_CAUGHT_UP");
        assertThat(took).isBetween(Duration.ofSeconds(2), REFUSED_WITHIN);

        String next = LogPosition.ofDefinition(keys, last + 3).toText();
        CompletableFuture<Api.Answer> waiting =
                CompletableFuture.supplyAsync(() -> unchecked(() -> far.getAfter(next, check("t1"))));
        for (int i = 0; i < 3; i++) {
            key(api, "later" + i);
        }
        assertThat(waiting.get().status()).isEqualTo(200);
    }

    /// Of a tenant of its own, because a tenant has few.
    private static Api.Answer key(Api api, String tenant) throws Exception {
        assertThat(api.post("/api/v1/customers", "{\"customer_id\":\"" + tenant + "\"}")
                        .status())
                .isEqualTo(201);
        Api.Answer made = api.post("/api/v1/customers/" + tenant + "/keys", "{}");
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        return made;
    }

    private static String check(String tenant) {
        return "/api/v1/quotas/check?event_type=calls&tenant_id=" + tenant;
    }

    private static <T> T unchecked(Callable<T> call) {
        try {
            return call.call();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    // Kills

    @Test
    void everyAnsweredChangeSurvivesKillsAndReachesGatewaysOnceAndInOrder() throws Exception {
        Api api = admin.newOrganization("killed");
        List<Writer> writers = IntStream.range(0, WRITERS)
                .mapToObj(i -> new Writer(api, "t" + i))
                .toList();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> running = writers.stream().map(threads::submit).toList();
            try {
                for (int kill = 0; kill < KILLS; kill++) {
                    awaitChanges(writers, running);
                    control.kill();
                    control.startAgain();
                    control.awaitReady();
                }
                awaitChanges(writers, running);
            } finally {
                writers.forEach(Writer::stop);
            }
            for (Future<Void> writer : running) {
                writer.get();
            }
        }
        ChaosCluster.await(
                "everything published", () -> number("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0);

        SortedMap<String, List<StockConsumer.Entry>> published = new TreeMap<>();
        for (StockConsumer.Entry entry : StockConsumer.of(base).readAll(Topics.QUOTA_DEFINITIONS.name())) {
            published
                    .computeIfAbsent(entry.text("quotaId"), id -> new ArrayList<>())
                    .add(entry);
        }
        int again = 0;
        for (Writer writer : writers) {
            List<StockConsumer.Entry> records = published.getOrDefault(writer.quota, List.of());
            SortedMap<Long, BigDecimal> versions = versions(records);
            again += records.size() - versions.size();
            assertStored(writer, versions);
            assertFollowed(writer);
        }
        int unanswered = writers.stream().mapToInt(writer -> writer.unanswered).sum();
        System.out.printf(
                "control killed %d times: %d changes answered, %d not; %d records of quotas published twice%n",
                KILLS, changes(writers), unanswered, again);
        assertThat(unanswered).as("calls that a kill interrupted").isPositive();
    }

    private static void awaitChanges(List<Writer> writers, List<Future<Void>> running) throws Exception {
        int before = changes(writers);
        ChaosCluster.await("changes", () -> {
            for (Future<Void> writer : running) {
                if (writer.isDone()) {
                    writer.get();
                }
            }
            return changes(writers) - before >= CHANGES_BETWEEN_KILLS;
        });
    }

    private static int changes(List<Writer> writers) {
        return writers.stream().mapToInt(writer -> writer.answered).sum();
    }

    /// What the log says of one quota: each version when it comes first is one more than the last, so none is left out
    /// and none comes before an earlier one; whatever comes again, because a publisher died, says the same.
    private static SortedMap<Long, BigDecimal> versions(List<StockConsumer.Entry> records) {
        SortedMap<Long, BigDecimal> versions = new TreeMap<>();
        for (StockConsumer.Entry record : records) {
            long version = (Long) record.value().get("version");
            BigDecimal limit = ((BigDecimal) record.value().get("limitValue")).stripTrailingZeros();
            BigDecimal before = versions.putIfAbsent(version, limit);
            if (before == null) {
                assertThat(version).isEqualTo(versions.size());
            } else {
                assertThat(limit).isEqualByComparingTo(before);
            }
        }
        assertThat((Long) records.getLast().value().get("version"))
                .as("the last record is the newest")
                .isEqualTo(versions.lastKey());
        return versions;
    }

    private void assertStored(Writer writer, SortedMap<Long, BigDecimal> versions) {
        String stored = text("SELECT version || ' ' || trunc(limit_value) FROM quotas WHERE id = ?", writer.quota);
        assertThat(stored).isEqualTo(versions.lastKey() + " " + writer.limits.getLast());
        List<Integer> inOrder =
                versions.values().stream().map(BigDecimal::intValueExact).toList();
        assertThat(inOrder).isSorted().containsAll(writer.limits);
        assertThat(number(
                        "SELECT count(*) FROM quotas WHERE tenant_id = ? AND organization_id ="
                                + " (SELECT organization_id FROM quotas WHERE id = ?)",
                        writer.tenant,
                        writer.quota))
                .isEqualTo(1);

        List<String> holders = jdbi.withHandle(
                handle -> handle.select("SELECT tenant_id FROM api_keys WHERE tenant_id LIKE ?", writer.tenant + "-%")
                        .mapTo(String.class)
                        .list());
        assertThat(holders).doesNotHaveDuplicates().containsAll(writer.texts.keySet());
        assertThat(number(
                        "SELECT count(*) FROM audit_logs WHERE action = 'create_key' AND resource_id IN"
                                + " (SELECT id FROM api_keys WHERE tenant_id LIKE ?)",
                        writer.tenant + "-%"))
                .as("keys noted in the audit log")
                .isEqualTo(holders.size());
    }

    /// The gateway that was never killed, and knows the log alone.
    private void assertFollowed(Writer writer) throws Exception {
        Api far = writer.api.at(base.url());
        Api.Answer quota = far.getAfter(writer.position, check(writer.tenant));
        assertThat(quota.body().path("limit").asInt())
                .as(quota.body().toString())
                .isEqualTo(writer.limits.getLast());
        for (Map.Entry<String, String> key : writer.texts.entrySet()) {
            Api.Answer answer = far.withKey(key.getValue()).getAfter(writer.position, check(key.getKey()));
            assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        }
    }

    private long number(String sql, Object... arguments) {
        return Long.parseLong(text(sql, arguments));
    }

    private String text(String sql, Object... arguments) {
        return jdbi.withHandle(
                handle -> handle.select(sql, arguments).mapTo(String.class).one());
    }

    /// One after the other raises the limit of its own quota, each until that is answered, and makes keys, each of
    /// which is
    /// asked for once.
    private static final class Writer implements Callable<Void> {
        private final Api api;
        private final String tenant;
        private final List<Integer> limits = new ArrayList<>();
        /// Of keys that were answered, by tenant.
        private final Map<String, String> texts = new ConcurrentHashMap<>();
        private String quota = "";
        private String position = "";
        private volatile int answered;
        private volatile int unanswered;
        private volatile boolean stopping;

        Writer(Api api, String tenant) {
            this.api = api;
            this.tenant = tenant;
        }

        void stop() {
            stopping = true;
        }

        @Override
        public Void call() throws Exception {
            made("/api/v1/customers", "{\"customer_id\":\"" + tenant + "\"}");
            made("/api/v1/quotas", "{\"tenant_id\":\"" + tenant + "\",\"event_type\":\"calls\",\"limit_value\":1}");
            quota = answer(() -> api.get("/api/v1/quotas?tenant_id=" + tenant))
                    .body()
                    .path("quotas")
                    .path(0)
                    .path("id")
                    .asText();
            for (int step = 2; !stopping || limits.isEmpty(); step++) {
                if (step % STEPS_PER_KEY == 0) {
                    // Of a tenant of its own, because a tenant has few.
                    String holder = tenant + "-" + step;
                    made("/api/v1/customers", "{\"customer_id\":\"" + holder + "\"}");
                    String keys = "/api/v1/customers/" + holder + "/keys";
                    attempted(() -> api.post(keys, "{}"))
                            .ifPresent(key ->
                                    texts.put(holder, key.body().path("api_key").asText()));
                } else {
                    String body = "{\"limit_value\":" + step + "}";
                    Api.Answer changed = answer(() -> api.put("/api/v1/quotas/" + quota, body));
                    assertThat(changed.status()).as(changed.body().toString()).isEqualTo(200);
                    limits.add(step);
                }
                answered++;
            }
            return null;
        }

        /// What an unanswered attempt has made, the next one finds made.
        private void made(String path, String body) throws Exception {
            int before = unanswered;
            Api.Answer made = answer(() -> api.post(path, body));
            assertThat(made.status())
                    .as(made.body().toString())
                    .isIn(unanswered > before ? List.of(201, 409) : List.of(201));
        }

        private Api.Answer answer(Callable<Api.Answer> call) throws Exception {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            Optional<Api.Answer> answer = attempted(call);
            while (answer.isEmpty()) {
                assertThat(System.nanoTime()).as("answered at last").isLessThan(deadline);
                LockSupport.parkNanos(PAUSE.toNanos());
                answer = attempted(call);
            }
            return answer.get();
        }

        /// Empty if nobody knows what became of it.
        private Optional<Api.Answer> attempted(Callable<Api.Answer> call) throws Exception {
            try {
                Api.Answer answer = call.call();
                if (answer.status() < 500) {
                    position = answer.position().isEmpty() ? position : later(answer.position());
                    return Optional.of(answer);
                }
            } catch (IOException e) {
                // as good as no answer
            }
            unanswered++;
            return Optional.empty();
        }

        private String later(String told) {
            LogPosition one = LogPosition.fromText(told);
            return (position.isEmpty() ? one : one.max(LogPosition.fromText(position))).toText();
        }
    }

    // PostgreSQL

    @Test
    void databaseThatHangsOrDiesStopsManagementAloneAndOnlyMeanwhile() throws Exception {
        Api api = admin.newOrganization("database");
        Api.Answer quota =
                api.post("/api/v1/quotas", "{\"tenant_id\":\"t1\",\"event_type\":\"calls\",\"limit_value\":1000}");
        String path = "/api/v1/quotas/" + quota.body().path("id").asText();
        goesOn(api, "before");
        ProcessHandle postmaster = ProcessHandle.of(Long.parseLong(
                        Files.readAllLines(database.resolve("postmaster.pid")).getFirst()))
                .orElseThrow();

        List<Long> all = new ArrayList<>(List.of(postmaster.pid()));
        postmaster.descendants().forEach(process -> all.add(process.pid()));
        duringOutage(api, path, "hanging", () -> signal("STOP", all), () -> signal("CONT", all));

        // Nothing takes new connections, and those there are die; PostgreSQL then recovers by its log.
        duringOutage(
                api,
                path,
                "dying",
                () -> {
                    signal("STOP", List.of(postmaster.pid()));
                    signal(
                            "KILL",
                            postmaster.descendants().map(ProcessHandle::pid).toList());
                },
                () -> signal("CONT", List.of(postmaster.pid())));
    }

    private interface Fault {
        void run() throws IOException, InterruptedException;
    }

    private void duringOutage(Api api, String path, String word, Fault begin, Fault end) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Refusal>> first = new ArrayList<>();
            begin.run();
            try {
                for (int i = 0; i < CALLERS; i++) {
                    int limit = 2_000 + i;
                    first.add(threads.submit(() -> refusal(() -> api.put(path, limit(limit)))));
                }
                ChaosCluster.await("one refused", () -> first.stream().anyMatch(Future::isDone));
                goesOn(api, word);
                goesOn(api.at(base.url()), word + " elsewhere");
                List<Future<Refusal>> second = new ArrayList<>();
                for (int i = 0; i < CALLERS; i++) {
                    second.add(threads.submit(() -> refusal(() -> api.put(path, limit(3_000)))));
                    second.add(threads.submit(() -> refusal(() -> api.get("/api/v1/customers"))));
                }
                for (Future<Refusal> one : second) {
                    assertThat(one.get().status()).isEqualTo(503);
                    assertThat(one.get().code()).isEqualTo("STORE_UNAVAILABLE");
                    assertThat(one.get().took()).isLessThan(REFUSED_WITHIN);
                }
            } finally {
                end.run();
            }
            for (Future<Refusal> one : first) {
                assertThat(one.get().status()).isIn(200, 503);
                assertThat(one.get().code()).isIn("", "STORE_UNAVAILABLE");
                assertThat(one.get().took()).isLessThan(UNDER_WAY_WITHIN);
            }
        }
        String position = awaitChanged(api, path, word.length());
        Api.Answer followed = api.at(base.url()).getAfter(position, check("t1"));
        assertThat(followed.body().path("limit").asInt())
                .as(followed.body().toString())
                .isEqualTo(word.length());
        control.awaitReady();
    }

    private record Refusal(int status, String code, Duration took) {}

    private static Refusal refusal(Callable<Api.Answer> call) throws Exception {
        long began = System.nanoTime();
        Api.Answer answer = call.call();
        return new Refusal(
                answer.status(), answer.body().path("code").asText(), Duration.ofNanos(System.nanoTime() - began));
    }

    /// Answers the position of a change that is told.
    private static String awaitChanged(Api api, String path, int limit) throws Exception {
        List<String> positions = new ArrayList<>();
        ChaosCluster.await("management goes on", () -> {
            Api.Answer answer = api.put(path, limit(limit));
            if (answer.status() == 200 && !answer.position().isEmpty()) {
                positions.add(answer.position());
            }
            return !positions.isEmpty();
        });
        return positions.getFirst();
    }

    private static String limit(int value) {
        return "{\"limit_value\":" + value + "}";
    }

    /// Events, checks and the proxy are served from memory and the log.
    private void goesOn(Api api, String word) throws Exception {
        List<Api.Answer> answers = List.of(
                api.post(
                        "/api/v1/events",
                        "{\"tenant_id\":\"t1\",\"event_type\":\"calls\",\"idempotency_key\":\"" + word + "\"}"),
                api.get(check("t1")),
                api.post(
                        "/api/v1/proxy",
                        "{\"scope\":\"customer\",\"customer_id\":\"t1\",\"metric_name\":\"\",\"target_url\":\"http://127.0.0.1:"
                                + target.getAddress().getPort() + "/\"}"));
        assertThat(answers)
                .as(word)
                .allSatisfy(answer ->
                        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200));
    }

    private static void signal(String name, List<Long> processes) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        processes.forEach(process -> command.add(Long.toString(process)));
        Process kill = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(kill.waitFor()).isZero();
    }
}
