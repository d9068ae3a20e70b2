package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// From an event to whoever wants to be told of the quota it passed, through a server that is killed on the way.
class WebhookIT {
    private static final String ADMIN_KEY = "system-test-admin-key";
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final List<String> received = new CopyOnWriteArrayList<>();
    private volatile int answer = 200;

    @Test
    void passedQuotaIsToldEvenThoughTheServerDiesBeforeTheReceiverListens(@TempDir Path folder) throws Exception {
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            received.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(answer, -1);
            exchange.close();
        });
        receiver.start();
        Map<String, String> settings = Map.of(
                "TOLLGATE_DATA", folder.resolve("data").toString(),
                "TOLLGATE_PORT", ServerProcess.freePort(),
                "TOLLGATE_KAFKA_PORT", ServerProcess.freePort(),
                "TOLLGATE_POSTGRES_PORT", ServerProcess.freePort(),
                "TOLLGATE_REGISTRY_PORT", ServerProcess.freePort(),
                "ADMIN_SECRET_KEY", ADMIN_KEY,
                "PROXY_ALLOWED_TARGETS", "127.0.0.1:" + receiver.getAddress().getPort());
        try {
            Api api;
            try (ServerProcess server = ServerProcess.start(folder, settings).awaitReady()) {
                api = Api.admin(server.url(), ADMIN_KEY).newOrganization("webhooks");
                made(api.post(
                        "/api/v1/webhook-endpoints",
                        "{\"url\":\"http://127.0.0.1:" + receiver.getAddress().getPort() + "/in\"}"));
                made(
                        api.post(
                                "/api/v1/quotas",
                                "{\"tenant_id\":\"t1\",\"event_type\":\"calls\",\"limit_value\":10,\"soft_limit_percent\":80}"));

                await("event taken", () -> report(api, "9"));
                await("soft limit told", () -> told("quota.soft_limit") == 1);
                assertThat(received.getFirst()).contains("\"tenant_id\":").contains("\"t1\"");

                answer = 500;
                await("event taken", () -> report(api, "1"));
                await("first attempt", () -> told("quota.exceeded") == 1);
                server.kill();
            }
            answer = 200;
            try (ServerProcess server = ServerProcess.start(folder, settings).awaitReady()) {
                await("told by the next server", () -> told("quota.exceeded") == 2);
                await(
                        "noted",
                        () -> api.get("/api/v1/webhook-deliveries?status=delivered")
                                        .body()
                                        .path("deliveries")
                                        .size()
                                == 2);
                assertThat(server.url()).isNotEmpty();
            }
        } finally {
            receiver.stop(0);
        }
    }

    private long told(String type) {
        return received.stream()
                .filter(body -> body.contains("\"type\":\"" + type + "\""))
                .count();
    }

    private static void made(Api.Answer answer) {
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(201);
    }

    /// While partitions find their owners an event may be turned away; with its key it counts once.
    private static boolean report(Api api, String quantity) throws Exception {
        return api.post(
                                "/api/v1/events",
                                "{\"event_type\":\"calls\",\"tenant_id\":\"t1\",\"quantity\":" + quantity
                                        + ",\"idempotency_key\":\"k" + quantity + "\"}")
                        .status()
                == 200;
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
