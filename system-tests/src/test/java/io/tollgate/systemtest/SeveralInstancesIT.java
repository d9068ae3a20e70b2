package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Roles spread over processes on one machine: one that brings Kafka, PostgreSQL and the registry and carries all
/// roles, a
/// second aggregator, and a gateway that owns no counters.
class SeveralInstancesIT {
    private static final String ADMIN_KEY = "system-test-admin-key";
    private static final String GROUP = "tollgate.aggregator";
    private static final int TENANTS = 64;
    private static final Duration REBALANCE_MAX = Duration.ofSeconds(60);

    @Test
    void lookUpsFindTheOwnerFromAnyInstanceAndAfterAnOwnerIsKilled(@TempDir Path folder) throws Exception {
        Map<String, String> first = new HashMap<>(Map.of(
                "TOLLGATE_DATA", folder.resolve("first").toString(),
                "TOLLGATE_PORT", ServerProcess.freePort(),
                "TOLLGATE_KAFKA_PORT", ServerProcess.freePort(),
                "TOLLGATE_POSTGRES_PORT", ServerProcess.freePort(),
                "TOLLGATE_REGISTRY_PORT", ServerProcess.freePort(),
                "TOLLGATE_CLUSTER_SECRET", "system-test-cluster-secret",
                "ADMIN_SECRET_KEY", ADMIN_KEY));
        try (ServerProcess all =
                ServerProcess.start(folder.resolve("first-log"), first).awaitReady()) {
            Api api = Api.admin(all.url(), ADMIN_KEY).newOrganization("several");
            try (ServerProcess aggregator = startBeside(first, folder, "aggregator");
                    ServerProcess gateway = startBeside(first, folder, "gateway")) {
                aggregator.awaitReady();
                gateway.awaitReady();
                awaitOwners(first, 2);
                Api far = api.at(gateway.url());

                report(far, 1);
                everyTenantHas(far, "1");
                everyTenantHas(api, "1");

                aggregator.kill();
                report(api, 2);
                awaitOwners(first, 1);
                everyTenantHas(api, "3");
                everyTenantHas(far, "3");
            }
        }
    }

    private static ServerProcess startBeside(Map<String, String> first, Path folder, String role) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of(
                "TOLLGATE_DATA",
                folder.resolve(role).toString(),
                "TOLLGATE_PORT",
                ServerProcess.freePort(),
                "TOLLGATE_ROLES",
                role,
                "KAFKA_BOOTSTRAP_SERVERS",
                "127.0.0.1:" + first.get("TOLLGATE_KAFKA_PORT"),
                "SCHEMA_REGISTRY_URL",
                "http://127.0.0.1:" + first.get("TOLLGATE_REGISTRY_PORT"),
                "TOLLGATE_PARTITIONS",
                "8",
                "TOLLGATE_STANDBYS",
                "0",
                "TOLLGATE_CLUSTER_SECRET",
                "system-test-cluster-secret"));
        Files.createDirectories(folder.resolve(role));
        return ServerProcess.start(folder.resolve(role + "-log"), settings);
    }

    /// Waits until this many instances own partitions and every partition has an owner.
    private static void awaitOwners(Map<String, String> first, int instances) throws Exception {
        Properties config = new Properties();
        config.put("bootstrap.servers", "127.0.0.1:" + first.get("TOLLGATE_KAFKA_PORT"));
        long deadline = System.nanoTime() + REBALANCE_MAX.toNanos();
        try (Admin admin = Admin.create(config)) {
            while (true) {
                Set<String> owners = new HashSet<>();
                int owned = 0;
                for (MemberDescription member : admin.describeConsumerGroups(List.of(GROUP))
                        .describedGroups()
                        .get(GROUP)
                        .get()
                        .members()) {
                    int partitions = member.assignment().topicPartitions().size();
                    if (partitions > 0) {
                        owners.add(member.clientId().replaceAll("-StreamThread.*", ""));
                        owned += partitions;
                    }
                }
                if (owners.size() == instances && owned == 8) {
                    return;
                }
                assertThat(System.nanoTime())
                        .as("owners %s of %d partitions", owners, owned)
                        .isLessThan(deadline);
                LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
            }
        }
    }

    private static void report(Api api, int quantity) throws Exception {
        String events = IntStream.range(0, TENANTS)
                .mapToObj(tenant -> "{\"event_type\":\"calls\",\"tenant_id\":\"t" + tenant + "\",\"quantity\":"
                        + quantity + ",\"idempotency_key\":\"k" + quantity + "\"}")
                .collect(Collectors.joining(",", "{\"events\":[", "]}"));
        Api.Answer answer = api.post("/api/v1/events", events);
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        assertThat(answer.body().path("new_events").asInt()).isEqualTo(TENANTS);
    }

    /// Asks again while counters change hands or the reader is behind, as the answers tell a client to.
    private static void everyTenantHas(Api api, String expected) throws Exception {
        long deadline = System.nanoTime() + REBALANCE_MAX.toNanos();
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            String path = "/api/v1/metrics/calls?scope=customer&customer_id=t" + tenant;
            Api.Answer answer = api.get(path);
            while ((answer.status() == 503
                            || answer.stale()
                            || !value(answer.body()).equals(expected))
                    && System.nanoTime() < deadline) {
                answer = api.get(path);
            }
            assertThat(value(answer.body()))
                    .as("t%d: %s", tenant, answer.body())
                    .isEqualTo(expected);
        }
    }

    private static String value(JsonNode body) {
        return body.has("current_value")
                ? new BigDecimal(body.path("current_value").asText())
                        .stripTrailingZeros()
                        .toPlainString()
                : "none";
    }
}
