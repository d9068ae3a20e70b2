package io.tollgate.systemtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Rate limits and the address guard of a running server, as callers meet them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RateLimitIT {
    private static final String ADMIN_KEY = "rate-limits-admin-key-0123456789";
    private static final String LIMITS = "/api/v1/rate-limits";
    private static final int CALLERS = 8;
    private static final int BANNED_AFTER = 6_000;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private ServerProcess server;
    private Api admin;

    @BeforeAll
    void start() throws Exception {
        server = ServerProcess.start(
                        folder,
                        Map.of(
                                "TOLLGATE_DATA", folder.resolve("data").toString(),
                                "TOLLGATE_PORT", ServerProcess.freePort(),
                                "TOLLGATE_KAFKA_PORT", ServerProcess.freePort(),
                                "TOLLGATE_POSTGRES_PORT", ServerProcess.freePort(),
                                "TOLLGATE_REGISTRY_PORT", ServerProcess.freePort(),
                                "ADMIN_SECRET_KEY", ADMIN_KEY))
                .awaitReady();
        admin = Api.admin(server.url(), ADMIN_KEY);
    }

    @AfterAll
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void ofConcurrentCallersExactlyTheLimitPasses() throws Exception {
        Api organization = admin.newOrganization("concurrent");
        assertThat(told(post(organization, "/api/v1/events", event()))).isEqualTo("200 - -");
        assertThat(organization
                        .post(LIMITS, "{\"requests_per_hour\":20,\"applies_to\":[\"events\"]}")
                        .status())
                .isEqualTo(201);

        // A request that fails counts too, and says what is left.
        HttpResponse<String> invalid = post(organization, "/api/v1/events", "{");
        assertThat(invalid.statusCode()).isEqualTo(400);
        assertThat(header(invalid, "X-RateLimit-Limit")).isEqualTo("20");
        assertThat(header(invalid, "X-RateLimit-Remaining")).isEqualTo("19");
        assertThat(Instant.parse(header(invalid, "X-RateLimit-Reset")))
                .isBetween(Instant.now().plusSeconds(3_500), Instant.now().plusSeconds(3_700));

        List<HttpResponse<String>> answers = together(60, () -> post(organization, "/api/v1/events", event()));
        assertThat(answers.stream().filter(answer -> answer.statusCode() == 200))
                .hasSize(19);
        List<HttpResponse<String>> refused =
                answers.stream().filter(answer -> answer.statusCode() == 429).toList();
        assertThat(refused).hasSize(41);
        assertThat(answers)
                .allMatch(answer -> header(answer, "X-RateLimit-Limit").equals("20"));
        for (HttpResponse<String> answer : refused) {
            JsonNode body = JSON.readTree(answer.body());
            assertThat(body.path("error").textValue()).isEqualTo("Rate limit exceeded");
            assertThat(body.path("code").textValue()).isEqualTo("RATE_LIMIT_EXCEEDED");
            assertThat(body.path("message").isTextual()).isTrue();
            assertThat(body.path("details").path("limit").intValue()).isEqualTo(20);
            assertThat(body.path("details").path("remaining").intValue()).isZero();
            assertThat(body.path("details").path("resetAt").textValue()).isEqualTo(header(answer, "X-RateLimit-Reset"));
            assertThat(body.path("details").path("retryAfter").asText()).isEqualTo(header(answer, "Retry-After"));
            assertThat(header(answer, "X-RateLimit-Remaining")).isEqualTo("0");
        }
        assertThat(header(get(organization, "/api/v1/metrics"), "X-RateLimit-Limit"))
                .as("reads are not counted")
                .isEqualTo("-");
    }

    @Test
    void theLimitsOfAnOrganizationAndOfAKeyHoldTogetherAndAtOnce() throws Exception {
        Api first = admin.newOrganization("keys");
        JsonNode key = first.post("/api/v1/api-keys", "{\"name\":\"limited\",\"permissions\":[\"usage:read\"]}")
                .body();
        Api limited = first.withKey(text(key, "key", "api_key"));
        String keyId = text(key, "id", "key_id");
        String path = "/api/v1/metrics";

        assertThat(first.post(LIMITS, "{\"requests_per_hour\":10,\"applies_to\":[\"reads\"]}")
                        .status())
                .isEqualTo(201);
        Api.Answer ofKey = first.post(
                LIMITS, "{\"requests_per_minute\":2,\"applies_to\":[\"all\"],\"api_key_id\":\"" + keyId + "\"}");
        assertThat(ofKey.status()).as(ofKey.body().toString()).isEqualTo(201);

        assertThat(told(get(limited, path))).isEqualTo("200 2 1");
        assertThat(told(get(first, path))).isEqualTo("200 10 8");
        assertThat(told(get(limited, path))).isEqualTo("200 2 0");
        assertThat(told(get(limited, path))).isEqualTo("429 2 0");
        assertThat(told(get(first, path))).isEqualTo("200 10 6");

        assertThat(first.delete(LIMITS + "/" + ofKey.body().path("id").textValue())
                        .status())
                .isEqualTo(200);
        assertThat(told(get(limited, path))).isEqualTo("200 10 5");
    }

    @Test
    void anAddressThatGuessesIsBannedAndValidCredentialsAreNot() throws Exception {
        Api organization = admin.newOrganization("guarded");
        String guessing = "203.0.113.9";
        Api nobody = organization.withKey("tk_live_0000");
        List<HttpResponse<String>> answers = together(BANNED_AFTER, () -> send(nobody, "/api/v1/metrics", guessing));
        assertThat(answers).allMatch(answer -> answer.statusCode() == 401);

        HttpResponse<String> banned = send(nobody, "/api/v1/metrics", guessing);

        assertThat(banned.statusCode()).isEqualTo(429);
        assertThat(JSON.readTree(banned.body())).isEqualTo(JSON.readTree("""
                {"error":"Too Many Requests","message":"Rate limit exceeded. Try again later.",
                 "retry_after_seconds":300,"code":"IP_BANNED"}"""));
        assertThat(send(organization, "/api/v1/metrics", guessing).statusCode()).isEqualTo(200);
        assertThat(send(nobody, "/health", guessing).statusCode()).isEqualTo(200);
        assertThat(send(nobody, "/api/v1/metrics", "203.0.113.10").statusCode()).isEqualTo(401);
    }

    private static String text(JsonNode body, String... names) {
        for (String name : names) {
            if (body.path(name).isTextual()) {
                return body.path(name).textValue();
            }
        }
        throw new AssertionError("none of " + List.of(names) + " in " + body);
    }

    private static String event() {
        return "{\"event_type\":\"calls\",\"customer_id\":\"t1\",\"quantity\":1}";
    }

    private static String told(HttpResponse<String> answer) {
        return answer.statusCode() + " " + header(answer, "X-RateLimit-Limit") + " "
                + header(answer, "X-RateLimit-Remaining");
    }

    private static String header(HttpResponse<String> answer, String name) {
        return String.join(
                ",",
                answer.headers().allValues(name).isEmpty()
                        ? List.of("-")
                        : answer.headers().allValues(name));
    }

    private static <T> List<T> together(int times, Callable<T> call) throws Exception {
        List<T> results = new ArrayList<>();
        try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            List<Future<T>> calls = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                calls.add(callers.submit(call));
            }
            for (Future<T> done : calls) {
                results.add(done.get());
            }
        }
        return results;
    }

    private static HttpResponse<String> post(Api api, String path, String body) throws Exception {
        return HTTP.send(
                request(api, path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(Api api, String path) throws Exception {
        return HTTP.send(request(api, path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> send(Api api, String path, String client) throws Exception {
        return HTTP.send(
                request(api, path).header("X-Forwarded-For", client).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(Api api, String path) {
        return HttpRequest.newBuilder(URI.create(api.url() + path))
                .timeout(Duration.ofSeconds(30))
                .header(api.header(), api.credential());
    }
}
