package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.routing.Owner;
import io.tollgate.quota.rpc.GrpcOwners;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two aggregators that keep each other's copies. One is killed: until the group notices, six seconds later, nobody
/// owns its
/// partitions, and its copies answer.
class StandbyReadsIT {
    private static final String ADMIN_KEY = "system-test-admin-key";
    private static final String SECRET = "system-test-cluster-secret";
    private static final int PARTITIONS = 8;
    private static final int TENANTS = 64;
    private static final Duration REBALANCE_MAX = Duration.ofSeconds(90);
    /// What look-ups may take after an owner's death, once a copy exists.
    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(3);

    @Test
    void theCopiesOfAKilledOwnerAnswerAtOnceAndSaySo(@TempDir Path folder) throws Exception {
        Map<String, String> first = new HashMap<>(Map.of(
                "TOLLGATE_DATA", folder.resolve("first").toString(),
                "TOLLGATE_PORT", ServerProcess.freePort(),
                "TOLLGATE_KAFKA_PORT", ServerProcess.freePort(),
                "TOLLGATE_POSTGRES_PORT", ServerProcess.freePort(),
                "TOLLGATE_REGISTRY_PORT", ServerProcess.freePort(),
                "TOLLGATE_INTERNAL_PORT", ServerProcess.freePort(),
                "TOLLGATE_STANDBYS", "1",
                "TOLLGATE_CLUSTER_SECRET", SECRET,
                "ADMIN_SECRET_KEY", ADMIN_KEY));
        String secondPort = ServerProcess.freePort();
        Map<String, String> second = Map.of(
                "TOLLGATE_DATA",
                folder.resolve("second").toString(),
                "TOLLGATE_PORT",
                ServerProcess.freePort(),
                "TOLLGATE_ROLES",
                "aggregator",
                "TOLLGATE_INTERNAL_PORT",
                secondPort,
                "KAFKA_BOOTSTRAP_SERVERS",
                "127.0.0.1:" + first.get("TOLLGATE_KAFKA_PORT"),
                "SCHEMA_REGISTRY_URL",
                "http://127.0.0.1:" + first.get("TOLLGATE_REGISTRY_PORT"),
                "TOLLGATE_PARTITIONS",
                Integer.toString(PARTITIONS),
                "TOLLGATE_STANDBYS",
                "1",
                "TOLLGATE_CLUSTER_SECRET",
                SECRET);
        Files.createDirectories(folder.resolve("second"));
        try (ServerProcess all =
                ServerProcess.start(folder.resolve("first-log"), first).awaitReady()) {
            Api admin = Api.admin(all.url(), ADMIN_KEY);
            Api api = admin.newOrganization("standby");
            assertThat(api.post("/api/v1/quotas", "{\"event_type\":\"calls\",\"limit_value\":100}")
                            .status())
                    .isEqualTo(201);
            try (ServerProcess other = ServerProcess.start(folder.resolve("second-log"), second)) {
                other.awaitReady();
                report(api);
                Set<Integer> ofOther = awaitOwnedBy(admin, "127.0.0.1:" + secondPort);
                List<Integer> tenants = tenantsIn(api, ofOther);
                awaitCopies(api, first.get("TOLLGATE_INTERNAL_PORT"), tenants);

                other.kill();

                for (int tenant : tenants) {
                    answersFromACopy(api, tenant);
                }
                assertThat(unowned(admin))
                        .as("partitions without an owner are listed")
                        .isEqualTo(ofOther);
                awaitFresh(api, tenants);
            }
        }
    }

    private static void answersFromACopy(Api api, int tenant) throws Exception {
        long asked = System.nanoTime();
        Api.Answer metric = api.get(metric(tenant));
        assertThat(Duration.ofNanos(System.nanoTime() - asked))
                .as("look-up of t%d", tenant)
                .isLessThan(ANSWERED_WITHIN);
        assertThat(metric.status()).as("t%d: %s", tenant, metric.body()).isEqualTo(200);
        assertThat(metric.stale()).as("t%d", tenant).isTrue();
        assertThat(value(metric.body())).as("t%d", tenant).isEqualTo("1");

        asked = System.nanoTime();
        Api.Answer check = api.get("/api/v1/quotas/check?event_type=calls&tenant_id=t" + tenant);
        assertThat(Duration.ofNanos(System.nanoTime() - asked))
                .as("check of t%d", tenant)
                .isLessThan(ANSWERED_WITHIN);
        assertThat(check.status()).as("t%d: %s", tenant, check.body()).isEqualTo(200);
        assertThat(check.body().path("stale").asBoolean())
                .as("t%d: %s", tenant, check.body())
                .isTrue();
        assertThat(check.body().path("current").decimalValue()).isEqualByComparingTo("1");
        assertThat(check.stale()).isTrue();
    }

    private static void report(Api api) throws Exception {
        String events = IntStream.range(0, TENANTS)
                .mapToObj(tenant ->
                        "{\"event_type\":\"calls\",\"tenant_id\":\"t" + tenant + "\",\"idempotency_key\":\"k\"}")
                .collect(Collectors.joining(",", "{\"events\":[", "]}"));
        long deadline = System.nanoTime() + REBALANCE_MAX.toNanos();
        Api.Answer answer = api.post("/api/v1/events", events);
        while (answer.status() == 503 && System.nanoTime() < deadline) {
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
            answer = api.post("/api/v1/events", events);
        }
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
    }

    /// Waits until every partition has an owner that says so, and `address` owns some.
    private static Set<Integer> awaitOwnedBy(Api admin, String address) throws Exception {
        long deadline = System.nanoTime() + REBALANCE_MAX.toNanos();
        while (true) {
            Set<Integer> owned = new HashSet<>();
            int answered = 0;
            JsonNode overview = admin.get("/admin/v1/partitions").body();
            for (JsonNode line : overview.path("partitions")) {
                answered += line.path("owner").isTextual() ? 1 : 0;
                if (line.path("owner").asText().equals(address)) {
                    owned.add(line.path("partition").asInt());
                }
            }
            if (answered == PARTITIONS && !owned.isEmpty()) {
                return owned;
            }
            assertThat(System.nanoTime()).as(overview.toString()).isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
    }

    private static List<Integer> tenantsIn(Api api, Set<Integer> partitions) throws Exception {
        String organization = organization(api);
        return IntStream.range(0, TENANTS)
                .filter(tenant -> partitions.contains(partitionOf(organization, tenant)))
                .boxed()
                .toList();
    }

    /// Waits until the instance behind `port` has a copy of what each tenant has.
    private static void awaitCopies(Api api, String port, List<Integer> tenants) throws Exception {
        String organization = organization(api);
        Owner instance = new Owner("127.0.0.1:" + port);
        long deadline = System.nanoTime() + REBALANCE_MAX.toNanos();
        try (GrpcOwners owners = new GrpcOwners(SECRET)) {
            for (int tenant : tenants) {
                CounterRead read = new CounterRead.Total(subjectKey(organization, tenant), "calls");
                while (owners.askCopy(instance, partitionOf(organization, tenant), read, -1, ANSWERED_WITHIN)
                        .filter(found -> !found.readings().isEmpty())
                        .isEmpty()) {
                    assertThat(System.nanoTime()).as("a copy of t%d", tenant).isLessThan(deadline);
                    LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
                }
            }
        }
    }

    private static Set<Integer> unowned(Api admin) throws Exception {
        Set<Integer> unowned = new HashSet<>();
        for (JsonNode line : admin.get("/admin/v1/partitions").body().path("partitions")) {
            if (line.path("owner").isNull()) {
                unowned.add(line.path("partition").asInt());
            }
        }
        return unowned;
    }

    private static void awaitFresh(Api api, List<Integer> tenants) throws Exception {
        long deadline = System.nanoTime() + REBALANCE_MAX.toNanos();
        for (int tenant : tenants) {
            Api.Answer answer = api.get(metric(tenant));
            while (answer.status() != 200 || answer.stale()) {
                assertThat(System.nanoTime())
                        .as("t%d: %s", tenant, answer.body())
                        .isLessThan(deadline);
                answer = api.get(metric(tenant));
            }
            assertThat(value(answer.body())).isEqualTo("1");
        }
    }

    private static String metric(int tenant) {
        return "/api/v1/metrics/calls?scope=customer&customer_id=t" + tenant;
    }

    private static String organization(Api api) throws Exception {
        long deadline = System.nanoTime() + REBALANCE_MAX.toNanos();
        Api.Answer answer = api.get("/api/v1/metrics");
        while (answer.status() != 200) {
            assertThat(System.nanoTime()).as(answer.body().toString()).isLessThan(deadline);
            answer = api.get("/api/v1/metrics");
        }
        return answer.body().path("business_id").asText();
    }

    private static String subjectKey(String organization, int tenant) {
        return organization + "/tenant:t" + tenant;
    }

    private static int partitionOf(String organization, int tenant) {
        return Partitioning.partitionOf(subjectKey(organization, tenant).getBytes(StandardCharsets.UTF_8), PARTITIONS);
    }

    private static String value(JsonNode body) {
        return new BigDecimal(body.path("current_value").asText("0"))
                .stripTrailingZeros()
                .toPlainString();
    }
}
