package io.tollgate.billing.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.tollgate.billing.delivery.DeliverySender;
import io.tollgate.billing.delivery.Receiver;
import io.tollgate.billing.delivery.postgres.PostgresDeliveries;
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.control.webhook.EndpointUrl;
import io.tollgate.control.webhook.postgres.PostgresWebhookEndpoints;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Endpoints, deliveries and dead letters over HTTP, from the endpoint's making to its receiver.
class WebhookRoutesIT {
    private static final AtomicReference<Instant> NOW = new AtomicReference<>(Instant.parse("2026-11-22T09:30:00Z"));
    /// A millisecond passes whenever somebody looks, so that rows have an order.
    private static final InstantSource CLOCK = () -> NOW.updateAndGet(now -> now.plusMillis(1));

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Receiver RECEIVER = new Receiver();
    private static final OutboundTargets TARGETS = OutboundTargets.parse("127.0.0.1:" + RECEIVER.port());
    private static final Jdbi JDBI = TestDatabase.jdbi(TestDatabase.fresh());
    private static final SecretBox BOX = new SecretBox("an encryption key for tests", List.of());
    private static final PostgresDeliveries DELIVERIES = new PostgresDeliveries(JDBI, Optional.of(BOX), CLOCK);
    private static final PinnedHttp OUTGOING = new PinnedHttp(TARGETS);
    private static final DeliverySender SENDER =
            new DeliverySender(DELIVERIES, OUTGOING, CLOCK, new Random(1), new SimpleMeterRegistry());
    private static final ApplicationContext CONTEXT = context(true);
    private static String base = "";

    private String organization = "none";

    private static ApplicationContext context(boolean configured) {
        ApplicationContext context = ApplicationContext.builder(
                        Map.of("tollgate.roles.control", "true", "micronaut.server.port", "-1"))
                .singletons(DELIVERIES, new EndpointUrl(TARGETS, WebhookRoutesIT::addresses))
                .build();
        if (configured) {
            context.registerSingleton(new PostgresWebhookEndpoints(JDBI, BOX, CLOCK));
        }
        return context;
    }

    private static List<InetAddress> addresses(String host) throws UnknownHostException {
        return switch (host) {
            case "inside.example" -> List.of(InetAddress.ofLiteral("10.0.0.1"));
            case "hook.example" -> List.of(InetAddress.ofLiteral("93.184.216.34"));
            case "127.0.0.1" -> List.of(InetAddress.getLoopbackAddress());
            default -> throw new UnknownHostException(host);
        };
    }

    @BeforeAll
    static void start() {
        CONTEXT.start();
        base = CONTEXT.getBean(EmbeddedServer.class).start().getURL().toString();
    }

    @AfterAll
    static void stop() throws IOException {
        CONTEXT.close();
        OUTGOING.close();
        RECEIVER.close();
    }

    @BeforeEach
    void organization() {
        organization = newOrganization();
    }

    private static String newOrganization() {
        String id = "biz_" + UUID.randomUUID();
        JDBI.useHandle(handle -> handle.execute(
                "INSERT INTO organizations (id, name, email, time_zone, currency, mode, plan_type,"
                        + " subscription_status, created_at)"
                        + " VALUES (?, 'Acme', 'a@b.c', 'UTC', 'EUR', 'live', 'free', 'free', now())",
                id));
        return id;
    }

    private HttpResponse<String> send(String method, String path, String body) {
        return send(base, organization, method, path, body);
    }

    private static HttpResponse<String> send(String base, String principal, String method, String path, String body) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create(base + path))
                            .header("Principal", principal)
                            .header("Content-Type", "application/json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode json(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        try {
            return JSON.readTree(answer.body());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(answer.body(), e);
        }
    }

    private JsonNode create(String body) {
        return json(send("POST", "/api/v1/webhook-endpoints", body), 201);
    }

    private JsonNode create() {
        return create("{\"url\":\"" + RECEIVER.url("/in") + "\"}");
    }

    private static String id(JsonNode node) {
        return node.required("id").textValue();
    }

    @Test
    void newEndpointHasTheDocumentedDefaultsAndShowsItsSecretOnce() {
        HttpResponse<String> answer =
                send("POST", "/api/v1/webhook-endpoints", "{\"url\":\"https://hook.example/in\"}");
        JsonNode made = json(answer, 201);

        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(id(made)).matches("we_[0-9a-hjkmnp-tv-z]{26}");
        assertThat(made.path("secret").textValue()).matches("whsec_[A-Za-z0-9+/]{32}");
        assertThat(made.path("event_types")).hasToString("[\"*\"]");
        assertThat(made.path("enabled").booleanValue()).isTrue();

        HttpResponse<String> shown = send("GET", "/api/v1/webhook-endpoints/" + id(made), "");
        assertThat(json(shown, 200).has("secret")).isFalse();
        assertThat(send("GET", "/api/v1/webhook-endpoints", "").body())
                .contains(id(made))
                .doesNotContain("whsec_");
        String stored = JDBI.withHandle(
                handle -> handle.createQuery("SELECT encode(secret, 'escape') FROM webhook_endpoints WHERE id = :id")
                        .bind("id", id(made))
                        .mapTo(String.class)
                        .one());
        assertThat(stored).doesNotContain("whsec_");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            url                          | what is wrong
            http://hook.example/         | must begin with https
            https://user:pw@hook.example | user info
            https://hook.example:22/     | port 22
            https://127.0.0.1/           | loopback
            https://169.254.169.254/     | link-local
            https://[::1]/               | loopback
            https://inside.example/      | private address
            ftp://hook.example/          | must begin with
            hook.example                 | must begin with
            """)
    void placesThatMayNotBeReachedAreRefused(String url, String wrong) {
        JsonNode problem = json(send("POST", "/api/v1/webhook-endpoints", "{\"url\":\"" + url + "\"}"), 400);

        assertThat(problem.path("code").textValue()).isEqualTo("VALIDATION_FAILED");
        assertThat(problem.path("message").textValue()).startsWith("url: ").contains(wrong);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            body                                                          | field
            {}                                                            | url
            {"url":7}                                                     | url
            {"url":"https://hook.example","event_types":[]}               | event_types
            {"url":"https://hook.example","event_types":"*"}              | event_types
            {"url":"https://hook.example","event_types":["quota.what"]}   | event_types[0]
            {"url":"https://hook.example","enabled":"yes"}                | enabled
            {"url":"https://hook.example","description":7}                | description
            """)
    void wrongFieldIsNamed(String body, String field) {
        assertThat(json(send("POST", "/api/v1/webhook-endpoints", body), 400)
                        .path("message")
                        .textValue())
                .startsWith(field + ": ");
    }

    @Test
    void changeKeepsWhatIsLeftOut() {
        JsonNode made = create("{\"url\":\"https://unknown.example/in\",\"event_types\":[\"quota.exceeded\"],"
                + "\"description\":\"first\"}");
        String path = "/api/v1/webhook-endpoints/" + id(made);

        JsonNode changed = json(send("PATCH", path, "{\"enabled\":false,\"description\":null}"), 200);
        assertThat(changed.path("url").textValue()).isEqualTo("https://unknown.example/in");
        assertThat(changed.path("event_types")).hasToString("[\"quota.exceeded\"]");
        assertThat(changed.path("description").isNull()).isTrue();
        assertThat(changed.path("enabled").booleanValue()).isFalse();
        assertThat(json(send("PATCH", path, "{\"url\":null}"), 400)
                        .path("message")
                        .textValue())
                .startsWith("url: ");
        assertThat(json(send("PATCH", path, "{\"url\":\"https://10.0.0.1/\"}"), 400)
                        .path("message")
                        .textValue())
                .contains("private");

        assertThat(json(send("DELETE", path, ""), 200).path("success").booleanValue())
                .isTrue();
        json(send("GET", path, ""), 404);
        json(send("DELETE", path, ""), 404);
    }

    @Test
    void testMessageReachesTheReceiverAndIsListed() {
        JsonNode made = create();
        String delivery = json(send("POST", "/api/v1/webhook-endpoints/" + id(made) + "/test", ""), 200)
                .required("delivery_id")
                .textValue();
        SENDER.sendDue();

        assertThat(RECEIVER.received())
                .anySatisfy(received -> assertThat(received.body())
                        .contains("\"type\":\"webhook.test\"")
                        .contains(id(made)));
        JsonNode listed = json(
                        send("GET", "/api/v1/webhook-deliveries?status=delivered&endpoint_id=" + id(made), ""), 200)
                .path("deliveries");
        assertThat(listed).hasSize(1);
        assertThat(id(listed.get(0))).isEqualTo(delivery);
        assertThat(listed.get(0).path("attempts").intValue()).isEqualTo(1);
        assertThat(listed.get(0).path("response_status").intValue()).isEqualTo(200);
        assertThat(listed.get(0).path("response_body").textValue()).isEqualTo("thanks");
        assertThat(json(send("GET", "/api/v1/webhook-deliveries?status=dead", ""), 200)
                        .path("deliveries"))
                .isEmpty();
        json(send("GET", "/api/v1/webhook-deliveries?status=gone", ""), 400);
        json(send("GET", "/api/v1/webhook-deliveries?limit=0", ""), 400);

        JsonNode again = json(send("POST", "/api/v1/webhook-deliveries/" + delivery + "/retry", ""), 200);
        assertThat(again.path("status").textValue()).isEqualTo("pending");
        assertThat(SENDER.sendDue()).isEqualTo(1);
    }

    @Test
    void otherOrganizationSeesAndChangesNothing() {
        JsonNode made = create();
        String delivery = json(send("POST", "/api/v1/webhook-endpoints/" + id(made) + "/test", ""), 200)
                .required("delivery_id")
                .textValue();
        organization = newOrganization();
        String path = "/api/v1/webhook-endpoints/" + id(made);

        json(send("GET", path, ""), 404);
        json(send("PATCH", path, "{\"enabled\":false}"), 404);
        json(send("DELETE", path, ""), 404);
        json(send("POST", path + "/rotate-secret", ""), 404);
        json(send("POST", path + "/test", ""), 404);
        assertThat(json(send("GET", "/api/v1/webhook-endpoints", ""), 200).path("endpoints"))
                .isEmpty();
        assertThat(json(send("GET", "/api/v1/webhook-deliveries", ""), 200).path("deliveries"))
                .isEmpty();
        json(send("POST", "/api/v1/webhook-deliveries/" + delivery + "/retry", ""), 404);
    }

    @Test
    void rotationShowsTheNewSecretAndHowLongTheOldOneSigns() {
        JsonNode made = create();
        String path = "/api/v1/webhook-endpoints/" + id(made) + "/rotate-secret";

        JsonNode rotated = json(send("POST", path, ""), 200);
        assertThat(rotated.path("secret").textValue())
                .startsWith("whsec_")
                .isNotEqualTo(made.path("secret").textValue());
        assertThat(Duration.between(
                        NOW.get(),
                        Instant.parse(rotated.path("previous_secret_until").textValue())))
                .isBetween(Duration.ofHours(23), Duration.ofDays(1));
        assertThat(json(send("POST", path, "{\"overlap_seconds\":0}"), 200)
                        .path("previous_secret_until")
                        .isNull())
                .isTrue();
        json(send("POST", path, "{\"overlap_seconds\":-1}"), 400);
        json(send("POST", path, "{\"overlap_seconds\":1.5}"), 400);
        json(send("POST", path, "{\"overlap_seconds\":\"1\"}"), 400);
    }

    @Test
    void anOrganizationHasAtMostTwentyEndpoints() {
        for (int i = 0; i < 20; i++) {
            create();
        }
        assertThat(json(send("POST", "/api/v1/webhook-endpoints", "{\"url\":\"https://hook.example\"}"), 409)
                        .path("code")
                        .textValue())
                .isEqualTo("INVALID_STATE");
    }

    @Test
    void deadLettersAreTheOperatorsToHandle() {
        JsonNode made = create();
        String delivery = json(send("POST", "/api/v1/webhook-endpoints/" + id(made) + "/test", ""), 200)
                .required("delivery_id")
                .textValue();
        JDBI.useHandle(handle -> handle.execute(
                "UPDATE webhook_deliveries SET status = 'dead', due_at = NULL, attempts = 9, error = 'answered with 500'"
                        + " WHERE id = ?",
                delivery));

        JsonNode listed = json(admin("GET", "?kind=webhook_out"), 200).path("dead_letters");
        assertThat(listed).hasSize(1);
        assertThat(listed.get(0).path("id").textValue()).isEqualTo(delivery);
        assertThat(listed.get(0).path("business_id").textValue()).isEqualTo(organization);
        assertThat(listed.get(0).path("type").textValue()).isEqualTo("webhook.test");
        json(admin("GET", "?kind=letters"), 400);
        json(send("GET", "/admin/v1/dead-letters", ""), 401);
        json(send("POST", "/admin/v1/dead-letters/" + delivery + "/retry", ""), 401);
        json(send("POST", "/admin/v1/dead-letters/" + delivery + "/discard", ""), 401);
        json(admin("POST", "/msg_unknown/retry"), 404);

        json(admin("POST", "/" + delivery + "/discard"), 200);
        assertThat(json(admin("GET", ""), 200).path("dead_letters")).isEmpty();
        json(admin("POST", "/" + delivery + "/discard"), 404);
        json(send("POST", "/api/v1/webhook-deliveries/" + delivery + "/retry", ""), 200);
    }

    private static HttpResponse<String> admin(String method, String rest) {
        return send(base, "admin", method, "/admin/v1/dead-letters" + rest, "");
    }

    @Test
    void callersWithoutAKeyAreTurnedAway() {
        assertThat(send(base, "nobody", "GET", "/api/v1/webhook-endpoints", "").statusCode())
                .isEqualTo(401);
        assertThat(send(base, "nobody", "GET", "/api/v1/webhook-deliveries", "").statusCode())
                .isEqualTo(401);
        assertThat(send(base, "admin", "GET", "/api/v1/webhook-endpoints", "").statusCode())
                .isEqualTo(403);
    }

    @Test
    void withoutAnEncryptionKeyThereAreNoEndpoints() {
        try (ApplicationContext bare = context(false).start()) {
            String url = bare.getBean(EmbeddedServer.class).start().getURL().toString();

            JsonNode problem = json(
                    send(url, organization, "POST", "/api/v1/webhook-endpoints", "{\"url\":\"https://hook.example\"}"),
                    503);
            assertThat(problem.path("code").textValue()).isEqualTo("NOT_CONFIGURED");
            json(send(url, organization, "GET", "/api/v1/webhook-endpoints", ""), 503);
        }
    }
}
