package io.tollgate.control.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.credential.Credentials;
import io.tollgate.control.credential.postgres.PostgresCredentials;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.control.key.ApiKeys;
import io.tollgate.control.key.postgres.PostgresApiKeys;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.organization.postgres.PostgresOrganizations;
import io.tollgate.control.outbox.InMemoryDefinitionLog;
import io.tollgate.control.outbox.OutboxPublisher;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.outbox.postgres.PostgresOutbox;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The routes over HTTP, with principals and problems as the server has them ([TestEdge]).
class ManagementRoutesIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Jdbi JDBI = TestDatabase.jdbi(TestDatabase.fresh());
    private static final InstantSource CLOCK = InstantSource.system();
    private static final PostgresOutbox OUTBOX = new PostgresOutbox(JDBI, CLOCK);
    private static final OutboxPublisher PUBLISHER = new OutboxPublisher(
            OUTBOX, new InMemoryDefinitionLog(), (topic, recordKey, offset, atMost) -> true, new SimpleMeterRegistry());
    private static final ApplicationContext CONTEXT = ApplicationContext.builder(
                    Map.of("tollgate.roles.control", "true", "micronaut.server.port", "-1"))
            .build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static String base = "";

    @BeforeAll
    static void start() {
        PUBLISHER.start();
        CONTEXT.registerSingleton(
                Organizations.class, new PostgresOrganizations(new DefinitionChanges(JDBI, PUBLISHER, CLOCK)));
        CONTEXT.registerSingleton(
                Credentials.class,
                new PostgresCredentials(
                        new DefinitionChanges(JDBI, PUBLISHER, CLOCK),
                        Optional.of(new SecretBox("a key of the tests", List.of()))));
        CONTEXT.registerSingleton(ApiKeys.class, new PostgresApiKeys(new DefinitionChanges(JDBI, PUBLISHER, CLOCK)));
        CONTEXT.start();
        EmbeddedServer server = CONTEXT.getBean(EmbeddedServer.class).start();
        base = server.getURL().toString();
    }

    @AfterAll
    static void stop() {
        CONTEXT.close();
        PUBLISHER.stop(Duration.ofSeconds(5));
    }

    private static HttpResponse<String> send(String method, String path, String principal, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .header("Principal", principal)
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (java.io.IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode json(HttpResponse<String> answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException(answer.body(), e);
        }
    }

    private static String newBusiness() {
        return json(send("POST", "/api/v1/businesses", "admin", "{\"business_name\":\"Acme\",\"email\":\"a@b.c\"}"))
                .required("business_id")
                .textValue();
    }

    @Test
    void businessIsCreated() {
        HttpResponse<String> answer = send(
                "POST",
                "/api/v1/businesses",
                "admin",
                "{\"business_name\":\"Acme\",\"email\":\"a@b.c\",\"time_zone\":\"Asia/Kolkata\",\"currency\":\"INR\","
                        + "\"mode\":\"test\",\"unknown\":{}}");

        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(json(answer).required("business_id").textValue()).matches("biz_[0-9a-f-]{36}");
        assertThat(json(answer).required("business_name").textValue()).isEqualTo("Acme");
        assertThat(json(answer).required("email").textValue()).isEqualTo("a@b.c");
        assertThat(json(answer)).hasSize(3);
    }

    @Test
    void businessWithAnUnknownUserIsPartialSuccess() {
        HttpResponse<String> answer = send(
                "POST",
                "/api/v1/businesses",
                "admin",
                "{\"business_name\":\"Acme\",\"email\":\"a@b.c\",\"user_id\":\"nobody\"}");

        assertThat(answer.statusCode()).isEqualTo(207);
        assertThat(json(answer).required("error").textValue()).isEqualTo("Partial Success");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            body                                                              | code              | field
            {"email":"a@b.c"}                                                 | VALIDATION_FAILED | business_name
            {"business_name":"","email":"a@b.c"}                              | VALIDATION_FAILED | business_name
            {"business_name":7,"email":"a@b.c"}                               | VALIDATION_FAILED | business_name
            {"business_name":"A","email":"nobody"}                            | VALIDATION_FAILED | email
            {"business_name":"A","email":"a@b.c","time_zone":"+01:00"}        | VALIDATION_FAILED | time_zone
            {"business_name":"A","email":"a@b.c","currency":"EURO"}           | VALIDATION_FAILED | currency
            {"business_name":"A","email":"a@b.c","mode":"LIVE"}               | VALIDATION_FAILED | mode
            {"business_name":"A","business_name":"B","email":"a@b.c"}         | MALFORMED_JSON    |
            {"business_name":"A","email":"a@b.c"} x                           | MALFORMED_JSON    |
            []                                                                | MALFORMED_JSON    |
            """)
    void wrongBusinessIsRefused(String body, String code, String field) {
        HttpResponse<String> answer = send("POST", "/api/v1/businesses", "admin", body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).required("code").textValue()).isEqualTo(code);
        assertThat(json(answer).required("error").textValue()).isEqualTo("Bad Request");
        assertThat(json(answer).required("message").textValue()).startsWith("Invalid request data");
        if (field != null) {
            assertThat(json(answer).at("/details/field").textValue()).isEqualTo(field);
        }
    }

    @Test
    void onlyTheAdminMakesBusinesses() {
        String body = "{\"business_name\":\"Acme\",\"email\":\"a@b.c\"}";

        assertThat(send("POST", "/api/v1/businesses", "nobody", body).statusCode())
                .isEqualTo(401);
        HttpResponse<String> refused = send("POST", "/api/v1/businesses", newBusiness(), body);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(json(refused).required("message").textValue()).isEqualTo("Admin authentication required");
    }

    @Test
    void bodyOfAnotherTypeIs415() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/api/v1/businesses"))
                .header("Principal", "admin")
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();

        assertThat(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(415);
    }

    @Test
    void keyLivesFromCreationToDeletion() {
        String bid = newBusiness();
        HttpResponse<String> created = send(
                "POST",
                "/api/v1/businesses/" + bid + "/keys",
                "admin",
                "{\"key_type\":\"business\",\"key_name\":\"a/b ü\",\"credentials\":{\"api_key\":\"mine\"}}");

        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(created.headers().firstValue("Cache-Control")).contains("no-store");
        JsonNode key = json(created);
        assertThat(key.required("api_key").textValue()).matches("tk_live_[0-9a-f]{48}");
        assertThat(key.required("business_id").textValue()).isEqualTo(bid);
        assertThat(key.required("warning").textValue())
                .isEqualTo("Save this key securely. It will not be shown again.");

        HttpResponse<String> list = send("GET", "/api/v1/businesses/" + bid + "/keys", bid, "");
        assertThat(list.statusCode()).isEqualTo(200);
        assertThat(json(list).required("count").intValue()).isEqualTo(1);
        assertThat(json(list).at("/keys/0/key_prefix").textValue())
                .isEqualTo(key.required("api_key").textValue().substring(0, 12));
        assertThat(list.body()).doesNotContain(key.required("api_key").textValue());
        assertThat(send("GET", "/api/v1/keys", bid, "").body()).isEqualTo(list.body());
        assertThat(send("GET", "/api/v1/keys?business_id=" + bid, "admin", "").body())
                .isEqualTo(list.body());

        String path = "/api/v1/businesses/" + bid + "/keys/business/a%2Fb%20%C3%BC";
        assertThat(json(send("GET", path, "admin", "")).required("key_name").textValue())
                .isEqualTo("a/b ü");
        HttpResponse<String> deleted = send("DELETE", path, bid, "");
        assertThat(deleted.statusCode()).isEqualTo(200);
        assertThat(deleted.body()).isEqualTo("Key deleted");
        assertThat(send("DELETE", path, bid, "").statusCode()).isEqualTo(404);
        assertThat(send("GET", path, bid, "").statusCode()).isEqualTo(404);
    }

    @Test
    void ownOrganizationNeedNotBeNamed() {
        String bid = newBusiness();
        String body = "{\"key_type\":\"business\",\"key_name\":\"one\"}";

        assertThat(send("POST", "/api/v1/keys", bid, body).statusCode()).isEqualTo(201);
        assertThat(send("DELETE", "/api/v1/keys/business/one", bid, "").statusCode())
                .isEqualTo(200);
        HttpResponse<String> unnamed = send("POST", "/api/v1/keys", "admin", body);
        assertThat(unnamed.statusCode()).isEqualTo(400);
        assertThat(json(unnamed).required("code").textValue()).isEqualTo("ORGANIZATION_REQUIRED");
    }

    @Test
    void foreignAndUnknownOrganizationsAreRefused() {
        String bid = newBusiness();
        String other = newBusiness();
        String unknown = "biz_00000000-0000-4000-8000-000000000000";
        String body = "{\"key_type\":\"business\",\"key_name\":\"one\"}";

        for (String foreign : new String[] {other, unknown}) {
            HttpResponse<String> answer = send("POST", "/api/v1/businesses/" + foreign + "/keys", bid, body);
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(json(answer).required("code").textValue()).isEqualTo("ORGANIZATION_MISMATCH");
        }
        HttpResponse<String> answer = send("GET", "/api/v1/businesses/" + unknown + "/keys", "admin", "");
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(json(answer).required("message").textValue()).isEqualTo("Business not found");
        assertThat(send("GET", "/api/v1/keys", "nobody", "").statusCode()).isEqualTo(401);
    }

    @Test
    void limitAndNameConflictsAre409() {
        String bid = newBusiness();
        String path = "/api/v1/businesses/" + bid + "/keys";
        send("POST", path, bid, "{\"key_type\":\"business\",\"key_name\":\"one\"}");

        HttpResponse<String> taken = send("POST", path, bid, "{\"key_type\":\"business\",\"key_name\":\"one\"}");
        assertThat(taken.statusCode()).isEqualTo(409);
        assertThat(json(taken).required("code").textValue()).isEqualTo("ALREADY_EXISTS");
        send("POST", path, bid, "{\"key_type\":\"business\",\"key_name\":\"two\"}");
        HttpResponse<String> full = send("POST", path, bid, "{\"key_type\":\"business\",\"key_name\":\"three\"}");
        assertThat(full.statusCode()).isEqualTo(409);
        assertThat(json(full).required("error").textValue()).isEqualTo("Key Limit Reached");
        assertThat(json(full).required("message").textValue())
                .isEqualTo("Maximum 2 active keys per type. Delete a key first.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"customer_api", "nonsense"})
    void otherKeyTypesAre400(String type) {
        String bid = newBusiness();
        HttpResponse<String> answer = send(
                "POST",
                "/api/v1/businesses/" + bid + "/keys",
                bid,
                "{\"key_type\":\"" + type + "\",\"key_name\":\"one\"}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).required("message").textValue()).isEqualTo("Invalid key data");
        assertThat(json(answer).at("/details/field").textValue()).isEqualTo("key_type");
    }
}
