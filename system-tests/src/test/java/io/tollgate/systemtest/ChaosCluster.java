package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/// A cluster on one machine, a process each: what it stands on with the control role, aggregators that keep copies of
/// each other's counters, and gateways.
final class ChaosCluster implements AutoCloseable {
    static final String ADMIN_KEY = "system-test-admin-key";
    static final String SECRET = "system-test-cluster-secret";
    static final int PARTITIONS = 8;

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Duration POLL = Duration.ofMillis(100);

    /// Many Java machines share the processors: what takes long to warm up never pays off here.
    private static final List<String> SMALL =
            List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CICompilerCount=1");

    private static final List<String> BASE = List.of("-Xmx640m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private final ServerProcess base;
    private final Map<String, ServerProcess> processes = new TreeMap<>();

    /// Starts everything and waits until it can serve.
    ChaosCluster(Path folder, int gateways, int aggregators) throws Exception {
        Map<String, String> services = Map.of(
                "TOLLGATE_DATA", Files.createDirectories(folder.resolve("base")).toString(),
                "TOLLGATE_PORT", ServerProcess.freePort(),
                "TOLLGATE_KAFKA_PORT", ServerProcess.freePort(),
                "TOLLGATE_POSTGRES_PORT", ServerProcess.freePort(),
                "TOLLGATE_REGISTRY_PORT", ServerProcess.freePort(),
                "TOLLGATE_PARTITIONS", Integer.toString(PARTITIONS),
                "TOLLGATE_CLUSTER_SECRET", SECRET,
                "ADMIN_SECRET_KEY", ADMIN_KEY);
        base = ServerProcess.start(folder.resolve("base-log"), services, BASE, List.of(BaseServices.class.getName()));
        try {
            base.awaitReady();
            for (int i = 0; i < aggregators; i++) {
                add(folder, "aggregator", i);
            }
            for (int i = 0; i < gateways; i++) {
                add(folder, "gateway", i);
            }
            for (ServerProcess process : processes.values()) {
                process.awaitReady();
            }
        } catch (Exception | Error e) {
            close();
            throw e;
        }
    }

    private void add(Path folder, String role, int number) throws IOException {
        String name = role + "-" + number;
        Map<String, String> settings = new HashMap<>();
        settings.put(
                "TOLLGATE_DATA", Files.createDirectories(folder.resolve(name)).toString());
        settings.put("TOLLGATE_PORT", ServerProcess.freePort());
        settings.put("TOLLGATE_INTERNAL_PORT", ServerProcess.freePort());
        settings.put("TOLLGATE_ROLES", role);
        settings.put("TOLLGATE_PARTITIONS", Integer.toString(PARTITIONS));
        settings.put("TOLLGATE_STANDBYS", "1");
        settings.put("TOLLGATE_CLUSTER_SECRET", SECRET);
        settings.put("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + base.setting("TOLLGATE_KAFKA_PORT"));
        settings.put("SCHEMA_REGISTRY_URL", "http://127.0.0.1:" + base.setting("TOLLGATE_REGISTRY_PORT"));
        settings.put("ADMIN_SECRET_KEY", ADMIN_KEY);
        processes.put(name, ServerProcess.start(folder.resolve(name + "-log"), settings, SMALL));
    }

    ServerProcess base() {
        return base;
    }

    /// Gateways and aggregators by name.
    Map<String, ServerProcess> processes() {
        return processes;
    }

    List<ServerProcess> of(String role) {
        return processes.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(role))
                .map(Map.Entry::getValue)
                .toList();
    }

    Api admin() {
        return Api.admin(base.url(), ADMIN_KEY);
    }

    /// Which internal address owns which partition; empty where nobody does.
    Map<Integer, String> owners() throws Exception {
        Map<Integer, String> owners = new HashMap<>();
        for (JsonNode line : partitions()) {
            owners.put(line.path("partition").asInt(), line.path("owner").asText(""));
        }
        return owners;
    }

    /// Until every partition admits, and nothing waits to be counted.
    void awaitCalm() throws Exception {
        await("every partition open, and nothing pending", () -> {
            List<JsonNode> calm = new ArrayList<>();
            for (JsonNode line : partitions()) {
                if (line.path("open").asBoolean()
                        && line.path("pending").asInt(1) == 0
                        && line.path("lag").asInt(0) == 0) {
                    calm.add(line);
                }
            }
            return calm.size() == PARTITIONS;
        });
    }

    JsonNode partitions() throws Exception {
        return admin().get("/admin/v1/partitions").body().path("partitions");
    }

    static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    @Override
    public void close() throws Exception {
        // Nothing here is kept: a clean end would only take long.
        for (ServerProcess process : processes.values()) {
            process.kill();
        }
        base.close();
    }
}
