package io.tollgate.control.ratelimit.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.ratelimit.RateLimits;
import io.tollgate.control.ratelimit.kafka.RateLimitAvro;
import io.tollgate.control.ratelimit.postgres.PostgresRateLimits;
import io.tollgate.definition.RateLimitDefinition;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rate limits over HTTP with a real database.
class RateLimitRoutesIT {
    private static final String PATH = "/api/v1/rate-limits";

    private static final TestControl CONTROL = new TestControl(Instant.parse("2026-11-22T09:30:20.5Z"));

    private OrganizationId organization = new OrganizationId("none");

    @BeforeAll
    static void start() {
        CONTROL.with(RateLimits.class, new PostgresRateLimits(CONTROL.changes()))
                .start();
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    @BeforeEach
    void organization() {
        organization = CONTROL.newOrganization();
    }

    private Answer send(String method, String path, String body) {
        return CONTROL.send(organization.value(), method, PATH + path, body);
    }

    private JsonNode create(String body) {
        Answer answer = send("POST", "", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json();
    }

    private static String id(JsonNode limit) {
        return limit.required("id").textValue();
    }

    private static RateLimitDefinition published(String id) {
        return new RateLimitAvro()
                .toAvro(CONTROL.lastPublished(Topics.RATE_LIMIT_DEFINITIONS.name(), id))
                .orElseThrow();
    }

    private void key(String id) {
        CONTROL.jdbi().useHandle(handle -> handle.execute("""
                INSERT INTO api_keys
                    (id, organization_id, kind, key_type, key_name, key_hash, key_prefix, created_at)
                VALUES (?, ?, 'organization', 'business', 'main', encode(sha256(?::bytea), 'hex'), 'tk_live_0000', now())
                """, id, organization.value(), id));
    }

    @Test
    void newRateLimitIsPublishedBeforeItsAnswer() {
        JsonNode limit = create("{\"requests_per_second\":10.0,\"burst_limit\":3}");

        assertThat(limit.required("organization_id").textValue()).isEqualTo(organization.value());
        assertThat(limit.required("api_key_id").isNull()).isTrue();
        assertThat(limit.required("requests_per_second").intValue()).isEqualTo(10);
        assertThat(limit.required("requests_per_minute").isNull()).isTrue();
        assertThat(limit.required("applies_to")).extracting(JsonNode::textValue).containsExactly("events");
        RateLimitDefinition definition = published(id(limit));
        assertThat(definition.getPerSecond()).isEqualTo(10);
        assertThat(definition.getPerMinute()).isNull();
        assertThat(definition.getBurst()).isEqualTo(3);
        assertThat(definition.getKeyId()).isNull();
        assertThat(definition.getAppliesTo()).containsExactly("events");
        assertThat(send("GET", "/" + id(limit), "").json()).isEqualTo(limit);
        assertThat(send("GET", "", "").json().required("rate_limits")).containsExactly(limit);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {}                                                     | requests_per_second
        {"burst_limit":5}                                      | requests_per_second
        {"requests_per_second":0}                              | requests_per_second
        {"requests_per_minute":1.5}                            | requests_per_minute
        {"requests_per_hour":"10"}                             | requests_per_hour
        {"requests_per_hour":10,"burst_limit":-1}              | burst_limit
        {"requests_per_hour":10,"applies_to":"events"}         | applies_to
        {"requests_per_hour":10,"applies_to":[]}               | applies_to
        {"requests_per_hour":10,"applies_to":["events","x"]}   | applies_to
        {"requests_per_hour":10,"api_key_id":"no such key"}    | api_key_id
        {"requests_per_hour":10,"api_key_id":"a\\u0000"}       | api_key_id
        """)
    void wrongRateLimitIsRefusedWithItsField(String body, String field) {
        Answer answer = send("POST", "", body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("VALIDATION_FAILED");
        assertThat(answer.json().required("message").textValue()).startsWith(field + ": ");
    }

    @Test
    void oneForTheOrganizationAndOneForEachKey() throws Exception {
        key("key-1");
        assertThat(TestControl.concurrently(
                        8, () -> send("POST", "", "{\"requests_per_hour\":10}").status()))
                .containsOnly(201, 409)
                .containsOnlyOnce(201);
        String ofKey = "{\"requests_per_hour\":10,\"api_key_id\":\"key-1\"}";
        create(ofKey);

        Answer second = send("POST", "", ofKey);
        assertThat(second.status()).isEqualTo(409);
        assertThat(second.code()).isEqualTo("ALREADY_EXISTS");
        String other = CONTROL.newOrganization().value();
        assertThat(CONTROL.send(other, "POST", PATH, ofKey).status()).isEqualTo(400);
    }

    @Test
    void changeKeepsWhatIsAbsentAndTakesAwayWhatIsNull() {
        String id = id(create("{\"requests_per_second\":10,\"requests_per_hour\":100,\"applies_to\":[\"proxy\"]}"));

        Answer changed = send("PUT", "/" + id, "{\"requests_per_second\":null,\"requests_per_minute\":50}");

        assertThat(changed.status()).as(changed.text()).isEqualTo(200);
        assertThat(changed.json().required("requests_per_second").isNull()).isTrue();
        assertThat(changed.json().required("requests_per_hour").intValue()).isEqualTo(100);
        assertThat(published(id).getPerMinute()).isEqualTo(50);
        assertThat(published(id).getPerSecond()).isNull();
        assertThat(published(id).getAppliesTo()).containsExactly("proxy");
        assertThat(send("PUT", "/" + id, "{\"requests_per_minute\":null,\"requests_per_hour\":null}")
                        .status())
                .isEqualTo(400);
        assertThat(send("PUT", "/" + id, "{\"api_key_id\":\"nothing\"}").status())
                .isEqualTo(400);
        assertThat(send("GET", "/" + id, "").json()).isEqualTo(changed.json());
    }

    @Test
    void deletedRateLimitIsGone() {
        String id = id(create("{\"requests_per_second\":10}"));

        assertThat(send("DELETE", "/" + id, "").text()).isEqualTo("{\"success\":true}");

        assertThat(CONTROL.lastPublished(Topics.RATE_LIMIT_DEFINITIONS.name(), id)
                        .isNull())
                .isTrue();
        for (String method : List.of("GET", "PUT", "DELETE")) {
            String body = method.equals("PUT") ? "{}" : "";
            assertThat(send(method, "/" + id, body).status()).isEqualTo(404);
            assertThat(send(method, "/%00", body).status()).isEqualTo(404);
        }
        assertThat(CONTROL.auditedActions(organization)).containsExactly("create_rate_limit", "delete_rate_limit");
    }

    @Test
    void onlyTheOrganizationItselfReachesItsRateLimits() {
        String path = PATH + "/" + id(create("{\"requests_per_second\":10}"));
        String other = CONTROL.newOrganization().value();

        for (String method : List.of("GET", "PUT", "DELETE")) {
            String body = method.equals("PUT") ? "{\"requests_per_second\":1}" : "";
            assertThat(CONTROL.send(other, method, path, body).status()).isEqualTo(404);
            assertThat(CONTROL.send("admin", method, path, body).status()).isEqualTo(403);
            assertThat(CONTROL.send("nobody", method, path, body).status()).isEqualTo(401);
            assertThat(CONTROL.send("reader:" + organization, method, path, body)
                            .status())
                    .isEqualTo(method.equals("GET") ? 200 : 403);
        }
        assertThat(CONTROL.send(other, "GET", PATH, "").json().required("rate_limits"))
                .isEmpty();
    }
}
