package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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

/// From an event to whoever wants to be told of the quota it passed, and to the machine that follows a crossing,
/// through
/// a server that is killed on the way.
class WebhookIT {
    private static final String ADMIN_KEY = "system-test-admin-key";
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final List<String> received = new CopyOnWriteArrayList<>();
    private volatile int answer = 200;

    @Test
    void passedQuotaIsToldAndACrossingFollowedByOneMachineEvenThoughTheServerDies(@TempDir Path folder)
            throws Exception {
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
                "MOCK_MODE", "true",
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

                made(api.post("/api/v1/customers", "{\"customer_id\":\"t2\"}"));
                scales(api, "work");
                scales(api, "more");
                await("event taken", () -> report(api, "9"));
                await("soft limit told", () -> told("quota.soft_limit") == 1);
                assertThat(received.getFirst()).contains("\"tenant_id\":").contains("\"t1\"");

                answer = 500;
                await("event taken", () -> report(api, "1"));
                await("first attempt", () -> told("quota.exceeded") == 1);
                await("limit crossed", () -> report(api, "t2", "work", "11"));
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
                                == 3);
                await("a machine", () -> machines(server, api) == 1);
                await("another limit crossed", () -> report(api, "t2", "more", "11"));
                await("another machine", () -> told("limit.breached") == 2 && machines(server, api) == 2);
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

    /// A metric of t2 that is not to pass 10 without a machine.
    private static void scales(Api api, String meter) throws Exception {
        made(api.post(
                "/api/v1/metrics?scope=customer&customer_id=t2",
                "{\"metric_name\":\"" + meter + "\",\"limit_value\":10,\"breach_action\":\"scale\","
                        + "\"metadata\":{\"integrations\":{\"fly\":{\"max_machines\":3}}}}"));
    }

    /// How many run for t2. What waits is done at once, and not in half a minute.
    private static int machines(ServerProcess server, Api api) throws Exception {
        HttpRequest poll = HttpRequest.newBuilder(URI.create(server.url() + "/admin/force-provision"))
                .header("X-Admin-Key", ADMIN_KEY)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        assertThat(HTTP.send(poll, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
        return api.get("/api/v1/customers/t2/machines").body().path("machines").size();
    }

    private static boolean report(Api api, String quantity) throws Exception {
        return report(api, "t1", "calls", quantity);
    }

    /// While partitions find their owners an event may be turned away; with its key it counts once.
    private static boolean report(Api api, String tenant, String meter, String quantity) throws Exception {
        return api.post(
                                "/api/v1/events",
                                "{\"event_type\":\"" + meter + "\",\"tenant_id\":\"" + tenant + "\",\"quantity\":"
                                        + quantity + ",\"idempotency_key\":\"" + meter + quantity + "\"}")
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
