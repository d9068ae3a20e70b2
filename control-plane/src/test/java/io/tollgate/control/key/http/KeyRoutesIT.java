package io.tollgate.control.key.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.key.ApiKeys;
import io.tollgate.control.key.KeyUses;
import io.tollgate.control.key.ScopedKeys;
import io.tollgate.control.key.postgres.PostgresApiKeys;
import io.tollgate.control.key.postgres.PostgresKeyUses;
import io.tollgate.control.key.postgres.PostgresScopedKeys;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.control.tenant.postgres.PostgresTenants;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Keys of tenants and scoped keys.
class KeyRoutesIT {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private static final TestControl CONTROL = new TestControl(START);
    private OrganizationId organization = new OrganizationId("none");
    private String own = "";

    @BeforeAll
    static void start() {
        CONTROL.with(Tenants.class, new PostgresTenants(CONTROL.changes()))
                .with(ApiKeys.class, new PostgresApiKeys(CONTROL.changes()))
                .with(ScopedKeys.class, new PostgresScopedKeys(CONTROL.changes()))
                .start();
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    @BeforeEach
    void makeTenants() {
        organization = CONTROL.newOrganization();
        own = organization.value();
        for (String id : List.of("c1", "c2")) {
            CONTROL.jdbi()
                    .useHandle(handle -> handle.execute(
                            "INSERT INTO tenants (organization_id, tenant_id, name, status, created_at)"
                                    + " VALUES (?, ?, 'made by an event', 'ACTIVE', now())",
                            own,
                            id));
        }
    }

    private Answer createFor(String tenant, String body) {
        return CONTROL.send(own, "POST", "/api/v1/customers/" + tenant + "/keys", body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "{\"key_name\":\"c1\"}",
                "{\"key_type\":\"customer_api\",\"key_name\":\"c1\",\"credentials\":{\"api_key\":\"mine\"}}"
            })
    void tenantKeyIsMadeWithOrWithoutABody(String body) {
        Answer answer = createFor("c1", body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.json().required("api_key").textValue()).matches("ck_live_[0-9a-f]{48}");
        assertThat(answer.json().required("key_name").textValue()).matches("c1_[0-9]{8}");
        assertThat(answer.json().required("status").textValue()).isEqualTo("created");
    }

    @Test
    void tenantKeyLivesFromCreationToDeletion() {
        String path = "/api/v1/businesses/" + own + "/customers/c1/keys";
        JsonNode made =
                CONTROL.send("admin", "POST", path, "{\"key_name\":\"first\"}").json();

        Answer list = CONTROL.send(own, "GET", path, "");
        assertThat(list.json().required("count").intValue()).isEqualTo(1);
        assertThat(list.json().at("/keys/0/id").textValue())
                .isEqualTo(made.required("key_id").textValue());
        assertThat(list.text()).doesNotContain(made.required("api_key").textValue());
        assertThat(CONTROL.send(own, "GET", path + "/first", "")
                        .json()
                        .required("key_type")
                        .textValue())
                .isEqualTo("customer_api");
        Answer foreign = CONTROL.send(own, "DELETE", "/api/v1/customers/c2/keys/first", "");
        assertThat(foreign.status()).isEqualTo(403);
        assertThat(foreign.json().required("message").textValue()).isEqualTo("Key does not belong to this customer");
        assertThat(CONTROL.send(own, "DELETE", path + "/first", "").text()).isEqualTo("Key deleted");
        assertThat(CONTROL.send(own, "DELETE", path + "/first", "").status()).isEqualTo(404);
        assertThat(CONTROL.published("tollgate.definitions.keys"))
                .last()
                .satisfies(row -> assertThat(row.payload().orElseThrow()).contains("\"revoked_at\": \"2026"));
    }

    @Test
    void twoKeysOfATenantUnderConcurrency() throws Exception {
        List<Answer> answers = TestControl.concurrently(20, () -> createFor("c1", ""));

        assertThat(answers)
                .extracting(Answer::status)
                .filteredOn(status -> status == 201)
                .hasSize(2);
        assertThat(answers)
                .filteredOn(answer -> answer.status() != 201)
                .allSatisfy(answer -> assertThat(answer.code()).isEqualTo("KEY_LIMIT_REACHED"));
        assertThat(createFor("c1", "").json().required("message").textValue())
                .isEqualTo("Maximum 2 active keys per customer. Delete a key first.");
    }

    @Test
    void tenantKeyErrors() {
        assertThat(createFor("nobody", "").json().required("message").textValue())
                .isEqualTo("Customer not found");
        assertThat(createFor("c1", "{\"key_type\":\"business\"}").status()).isEqualTo(400);
        createFor("c1", "{\"key_name\":\"first\"}");
        assertThat(createFor("c1", "{\"key_name\":\"first\"}").code()).isEqualTo("ALREADY_EXISTS");
        assertThat(createFor("c2", "{\"key_name\":\"first\"}").status()).isEqualTo(201);
        assertThat(CONTROL.send("tenant:" + own, "POST", "/api/v1/customers/t1/keys", "")
                        .status())
                .isEqualTo(403);
    }

    private Answer scoped(String principal, String method, String rest, String body) {
        return CONTROL.send(principal, method, "/api/v1/api-keys" + rest, body);
    }

    @Test
    void scopedKeyIsMadeWithWhatItLists() {
        Answer answer = scoped(
                own,
                "POST",
                "",
                "{\"name\":\"ci\",\"permissions\":[\"billing:read\",\"events:write\"],"
                        + "\"expires_at\":\"2027-01-01T00:00:00Z\",\"allowed_cidrs\":[\"10.0.0.0/8\",\"2001:db8::1\"]}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.json().required("key").textValue()).matches("usa_[0-9a-f]{48}");
        assertThat(answer.json().required("permissions"))
                .extracting(JsonNode::textValue)
                .containsExactly("events:write", "billing:read");
        assertThat(scoped(own, "POST", "", "{\"name\":\"ci\"}")
                        .json()
                        .required("permissions")
                        .toString())
                .isEqualTo("[\"events:write\",\"usage:read\"]");
        Answer first = scoped(own, "GET", "?limit=1", "");
        assertThat(first.json().required("api_keys")).hasSize(1);
        Answer second = scoped(
                own,
                "GET",
                "?limit=1&cursor=" + first.json().required("next_cursor").textValue(),
                "");
        assertThat(second.json().at("/api_keys/0/id")).isEqualTo(answer.json().required("id"));
        assertThat(second.json().required("next_cursor").isNull()).isTrue();
        assertThat(second.text()).doesNotContain(answer.json().required("key").textValue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"name\":\"\"}",
                "{\"name\":\"a\",\"permissions\":[\"everything\"]}",
                "{\"name\":\"a\",\"permissions\":[]}",
                "{\"name\":\"a\",\"expires_at\":\"2020-01-01T00:00:00Z\"}",
                "{\"name\":\"a\",\"expires_at\":7}",
                "{\"name\":\"a\",\"allowed_cidrs\":[\"example.com\"]}",
                "{\"name\":\"a\",\"allowed_cidrs\":[\"10.0.0.0/33\"]}"
            })
    void invalidScopedKeyIs400(String body) {
        Answer answer = scoped(own, "POST", "", body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().required("details")).isNotEmpty();
    }

    @Test
    void nobodyGrantsWhatItDoesNotHave() {
        String maker = "scoped:" + own + "/keys:write,usage:read";

        assertThat(scoped(maker, "POST", "", "{\"name\":\"a\",\"permissions\":[\"usage:read\"]}")
                        .status())
                .isEqualTo(201);
        Answer refused = scoped(maker, "POST", "", "{\"name\":\"a\",\"permissions\":[\"billing:write\"]}");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.code()).isEqualTo("INSUFFICIENT_PERMISSION");
        String strong = scoped(own, "POST", "", "{\"name\":\"b\",\"permissions\":[\"billing:write\"]}")
                .json()
                .required("id")
                .textValue();
        assertThat(scoped(maker, "POST", "/" + strong + "/rotate", "").code()).isEqualTo("INSUFFICIENT_PERMISSION");
        assertThat(scoped("scoped:" + own + "/usage:read", "GET", "", "").status())
                .isEqualTo(403);
    }

    @Test
    void rotationWithOverlapEndsTheOldKeyLater() {
        String id = scoped(own, "POST", "", "{\"name\":\"a\"}")
                .json()
                .required("id")
                .textValue();

        Answer rotated = scoped(own, "POST", "/" + id + "/rotate", "{\"overlap_seconds\":3600}");

        assertThat(rotated.status()).as(rotated.text()).isEqualTo(201);
        assertThat(rotated.json().required("replaces").textValue()).isEqualTo(id);
        assertThat(Instant.parse(rotated.json().required("old_key_valid_until").textValue()))
                .isBetween(START.plusSeconds(3600), START.plusSeconds(3660));
        assertThat(scoped(own, "POST", "/" + id + "/rotate", "").code()).isEqualTo("INVALID_STATE");
        assertThat(scoped(own, "GET", "", "").json().required("api_keys")).hasSize(2);
    }

    @Test
    void rotationWithoutOverlapEndsTheOldKeyAtOnce() {
        JsonNode old = scoped(own, "POST", "", "{\"name\":\"a\"}").json();
        String path = "/" + old.required("id").textValue() + "/rotate";

        assertThat(scoped(own, "POST", path, "").status()).isEqualTo(201);

        assertThat(validate(own, old.required("key").textValue()))
                .isEqualTo("{\"valid\":false,\"reason\":\"Key has been revoked\"}");
        assertThat(scoped(own, "POST", path, "").status()).isEqualTo(409);
        assertThat(scoped(own, "GET", "", "").json().required("api_keys")).hasSize(1);
        assertThat(scoped(own, "GET", "?include_revoked=true", "").json().required("api_keys"))
                .hasSize(2);
        assertThat(scoped(own, "POST", "/none/rotate", "").status()).isEqualTo(404);
        assertThat(scoped(own, "POST", path, "{\"overlap_seconds\":2592001}").status())
                .isEqualTo(400);
    }

    @Test
    void concurrentRotationsMakeOneSuccessor() throws Exception {
        String id = scoped(own, "POST", "", "{\"name\":\"a\"}")
                .json()
                .required("id")
                .textValue();

        List<Answer> answers = TestControl.concurrently(8, () -> scoped(own, "POST", "/" + id + "/rotate", ""));

        assertThat(answers).extracting(Answer::status).containsOnlyOnce(201).containsOnly(201, 409);
    }

    @Test
    void revocationCanBeRepeated() {
        String id = scoped(own, "POST", "", "{\"name\":\"a\"}")
                .json()
                .required("id")
                .textValue();

        assertThat(scoped(own, "POST", "/" + id + "/revoke", "").text()).isEqualTo("{\"success\":true}");
        assertThat(scoped(own, "DELETE", "/" + id, "").text()).isEqualTo("{\"success\":true}");
        assertThat(scoped(own, "DELETE", "/none", "").status()).isEqualTo(404);
        assertThat(scoped(CONTROL.newOrganization().value(), "DELETE", "/" + id, "")
                        .status())
                .isEqualTo(404);
        assertThat(CONTROL.auditedActions(organization))
                .filteredOn("delete_key"::equals)
                .hasSize(1);
    }

    private static String validate(String principal, String key) {
        return CONTROL.send(principal, "POST", "/api/v1/api-keys/validate", "{\"key\":\"" + key + "\"}")
                .text();
    }

    @Test
    void keysOfOthersAreNotValidHere() {
        String key = scoped(own, "POST", "", "{\"name\":\"a\",\"permissions\":[\"usage:read\"]}")
                .json()
                .required("key")
                .textValue();

        assertThat(validate(own, key))
                .isEqualTo("{\"valid\":true,\"organization_id\":\"" + own + "\",\"permissions\":[\"usage:read\"]}");
        assertThat(validate(CONTROL.newOrganization().value(), key))
                .isEqualTo("{\"valid\":false,\"reason\":\"Invalid key\"}");
        assertThat(validate(own, "nonsense")).isEqualTo("{\"valid\":false,\"reason\":\"Invalid key format\"}");
        assertThat(CONTROL.send(own, "POST", "/api/v1/api-keys/validate", "{}").status())
                .isEqualTo(400);
    }

    @Test
    void usesAreWrittenDownInBatches() {
        String id = createFor("c1", "").json().required("key_id").textValue();
        KeyUses uses = new KeyUses(() -> START);
        try (PostgresKeyUses written = new PostgresKeyUses(CONTROL.jdbi(), uses)) {
            uses.used(id);
            uses.used(id);
            uses.used("erased");
            written.write();
        }

        assertThat(CONTROL.send(own, "GET", "/api/v1/customers/c1/keys", "")
                        .json()
                        .at("/keys/0/last_used_at")
                        .textValue())
                .isEqualTo("2026-11-22T10:00:00Z");
    }
}
