package io.tollgate.control.credential.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.secret.SecretBox;
import io.tollgate.control.credential.CredentialType;
import io.tollgate.control.credential.Credentials;
import io.tollgate.control.credential.postgres.PostgresCredentials;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.key.ApiKeys;
import io.tollgate.control.key.postgres.PostgresApiKeys;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.organization.postgres.PostgresOrganizations;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialRoutesIT {
    private static final String KEY = "the encryption key of these tests";
    private static final TestControl CONTROL = new TestControl(Instant.parse("2026-11-22T10:00:00Z"));
    private OrganizationId organization = new OrganizationId("none");
    private String own = "";

    @BeforeAll
    static void start() {
        CONTROL.with(Organizations.class, new PostgresOrganizations(CONTROL.changes()))
                .with(ApiKeys.class, new PostgresApiKeys(CONTROL.changes()))
                .with(Credentials.class, sealedUnder(KEY))
                .start();
    }

    private static PostgresCredentials sealedUnder(String key, String... previous) {
        return new PostgresCredentials(CONTROL.changes(), Optional.of(new SecretBox(key, List.of(previous))));
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    @BeforeEach
    void makeOrganization() {
        organization = CONTROL.newOrganization();
        own = organization.value();
    }

    private Answer create(String type, String name, String credentials) {
        return CONTROL.send(
                own,
                "POST",
                "/api/v1/businesses/" + own + "/keys",
                "{\"key_type\":\"" + type + "\",\"key_name\":\"" + name + "\",\"credentials\":" + credentials + "}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        type            | credentials                                                                            | status
        stripe          | {"secret_key":"sk_live_1","webhook_secret":"whsec_1","description":"d"}                 | 201
        stripe          | {"secret_key":"sk_test_1","webhook_secret":"whsec_1","business_id":"x"}                 | 201
        stripe          | {"secret_key":"pk_live_1","webhook_secret":"whsec_1"}                                   | 400
        stripe          | {"secret_key":"sk_live_1"}                                                              | 400
        supabase        | {"url":"https://a.supabase.co","service_role_key":"eyJ1"}                               | 201
        supabase        | {"url":"http://a.supabase.co","service_role_key":"eyJ1"}                                | 400
        supabase        | {"url":"https://a.example.com","service_role_key":"eyJ1"}                               | 400
        fly             | {"api_token":"fo1_1","org_slug":"acme"}                                                 | 201
        fly             | {"api_token":"fo0_1","org_slug":"acme","default_region":""}                             | 400
        fly             | {"api_token":"fo2_1","org_slug":"acme"}                                                 | 400
        webhook_secret  | {"primary":"0123456789abcdef","secondary":""}                                           | 201
        webhook_secret  | {"primary":"0123456789abcde"}                                                           | 400
        webhook_secret  | {"primary":"0123456789abcdef","secondary":"short"}                                      | 400
        stripe_frontend | {"pricing_table_id":"prctbl_1"}                                                         | 201
        stripe_frontend | {"pricing_table_id":1}                                                                  | 400
        stripe_frontend | "text"                                                                                  | 400
        """)
    void credentialsAreChecked(String type, String credentials, int status) {
        Answer answer = create(type, "one", credentials);

        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        if (status == 201) {
            assertThat(answer.json().required("api_key").isNull()).isTrue();
            assertThat(answer.json().required("key_type").textValue()).isEqualTo(type);
        } else {
            assertThat(answer.json().required("message").textValue()).isEqualTo("Invalid key data");
        }
    }

    /// Nothing that is sent comes back or is stored in the clear, but for what a page shows.
    @Test
    void secretsStaySecret() {
        create("stripe", "one", "{\"secret_key\":\"sk_live_verysecret\",\"webhook_secret\":\"whsec_verysecret\"}");
        create("webhook_secret", "two", "{\"primary\":\"verysecretverysecret\"}");
        create("stripe_frontend", "three", "{\"publishable_key\":\"pk_live_shown\"}");
        String path = "/api/v1/businesses/" + own + "/keys";

        Answer list = CONTROL.send(own, "GET", path, "");
        assertThat(list.json().required("count").intValue()).isEqualTo(3);
        assertThat(list.text()
                        + CONTROL.send(own, "GET", path + "/stripe/one", "").text())
                .doesNotContain("verysecret");
        assertThat(CONTROL.send(own, "GET", path + "/stripe_frontend/three", "").text())
                .contains("pk_live_shown");
        String stored = CONTROL.jdbi()
                .withHandle(
                        handle -> handle.createQuery("""
                                SELECT (SELECT string_agg(c::text, '') FROM integration_credentials c)
                                    || (SELECT string_agg(encode(ciphertext, 'escape'), '') FROM integration_credentials)
                                    || (SELECT string_agg(o::text, '') FROM outbox o)
                                    || (SELECT string_agg(a::text, '') FROM audit_logs a)
                                """).mapTo(String.class).one());
        assertThat(stored).contains("create_key").doesNotContain("verysecret");
        assertThat(CONTROL.published("tollgate.definitions.credentials"))
                .filteredOn(row -> row.recordKey().startsWith(own))
                .extracting(row -> row.recordKey())
                .containsExactly(own + "/webhook_secret/two");
    }

    @Test
    void namesAndNumbersAreLimitedPerType() throws Exception {
        String parts = "{\"primary\":\"0123456789abcdef\"}";
        create("webhook_secret", "one", parts);

        assertThat(create("webhook_secret", "one", parts).code()).isEqualTo("ALREADY_EXISTS");
        List<Answer> answers = TestControl.concurrently(
                20, () -> create("webhook_secret", "n" + Thread.currentThread().threadId(), parts));
        assertThat(answers).extracting(Answer::status).containsOnlyOnce(201).containsOnly(201, 409);
        assertThat(create("webhook_secret", "three", parts)
                        .json()
                        .required("error")
                        .textValue())
                .isEqualTo("Key Limit Reached");
        assertThat(create("stripe_frontend", "three", "{}").status()).isEqualTo(201);
    }

    @Test
    void onlyFrontendConfigurationIsUpdated() {
        create("stripe_frontend", "one", "{\"pricing_table_id\":\"prctbl_1\"}");
        String path = "/api/v1/keys/stripe_frontend/one";

        assertThat(CONTROL.send(own, "PUT", path, "{\"credentials\":{\"pricing_table_id\":\"prctbl_2\"}}")
                        .text())
                .isEqualTo("{\"status\":\"updated\",\"message\":\"Configuration updated\"}");
        assertThat(CONTROL.send(own, "GET", path, "").text()).contains("prctbl_2");
        assertThat(CONTROL.send(own, "PUT", "/api/v1/keys/stripe/one", "{}")
                        .json()
                        .required("error")
                        .textValue())
                .isEqualTo("Update not supported for this key type");
        assertThat(CONTROL.send(own, "PUT", path, "{}").json().required("error").textValue())
                .isEqualTo("Invalid request data");
        assertThat(CONTROL.send(own, "PUT", "/api/v1/keys/stripe_frontend/two", "{\"credentials\":{}}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void deletedCredentialIsErased() {
        create("webhook_secret", "one", "{\"primary\":\"0123456789abcdef\"}");

        assertThat(CONTROL.send(own, "DELETE", "/api/v1/keys/webhook_secret/one", "")
                        .text())
                .isEqualTo("Key deleted");

        assertThat(CONTROL.send(own, "DELETE", "/api/v1/keys/webhook_secret/one", "")
                        .status())
                .isEqualTo(404);
        assertThat(CONTROL.lastPublished("tollgate.definitions.credentials", own + "/webhook_secret/one")
                        .isNull())
                .isTrue();
        assertThat(CONTROL.auditedActions(organization)).containsExactly("create_key", "delete_key");
    }

    private Answer batch(String items) {
        return CONTROL.send(own, "POST", "/api/v1/businesses/" + own + "/keys/batch", "{\"keys\":[" + items + "]}");
    }

    private static String item(String type, String name, String value) {
        return "{\"key_name\":\"" + name + "\",\"key_type\":\"" + type + "\",\"key_value\":\"" + value
                + "\",\"description\":\"d\"}";
    }

    @Test
    void batchStoresWhatItCan() {
        String good = item("stripe", "stripe_secret_key", "sk_live_1");
        String bad = item("business", "mine", "tk_live_1");

        Answer all = batch(good + "," + item("stripe_frontend", "stripe_pricing_table", "prctbl_1"));
        assertThat(all.text())
                .isEqualTo("{\"success\":true,\"message\":\"All keys updated successfully\",\"updated_count\":2,"
                        + "\"failed_count\":0}");
        Answer some = batch(good + "," + bad);
        assertThat(some.status()).isEqualTo(207);
        assertThat(some.json().at("/failures/0/key_name").textValue()).isEqualTo("mine");
        Answer none = batch(bad + "," + item("webhook_secret", "w", "short"));
        assertThat(none.status()).isEqualTo(400);
        assertThat(none.json().required("failed_count").intValue()).isEqualTo(2);
        Answer malformed = batch("{\"key_name\":\"a\"}");
        assertThat(malformed.status()).isEqualTo(400);
        assertThat(malformed.json().required("message").textValue()).isEqualTo("Invalid batch key data");
        assertThat(batch("").status()).isEqualTo(400);
    }

    @Test
    void stripeConfigTellsWhatIsThere() {
        String path = "/api/v1/businesses/" + own + "/stripe-config";
        assertThat(CONTROL.send(own, "GET", path, "").text())
                .isEqualTo("{\"pricing_table_id\":null,\"pricing_table_configured\":false,\"publishable_key\":null,"
                        + "\"publishable_key_configured\":false,\"webhook_secret_configured\":false,"
                        + "\"secret_key_configured\":false}");
        batch(item("stripe_frontend", "stripe_pricing_table", "prctbl_1") + ","
                + item("stripe", "stripe_webhook_secret", "whsec_1"));
        create("stripe_frontend", "other", "{\"publishable_key\":\"pk_1\"}");

        assertThat(CONTROL.send("admin", "GET", path, "").text())
                .isEqualTo("{\"pricing_table_id\":\"prctbl_1\",\"pricing_table_configured\":true,"
                        + "\"publishable_key\":\"pk_1\",\"publishable_key_configured\":true,"
                        + "\"webhook_secret_configured\":true,\"secret_key_configured\":false}");
        assertThat(CONTROL.send("admin", "GET", "/api/v1/businesses/biz_none/stripe-config", "")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void credentialsAreSealedAnewUnderTheCurrentKey() {
        create("webhook_secret", "one", "{\"primary\":\"0123456789abcdef\"}");
        String next = "the next encryption key of these tests";

        assertThat(sealedUnder(next, KEY).resealAll()).isPositive();

        assertThat(sealedUnder(next).open(organization, CredentialType.WEBHOOK_SECRET))
                .singleElement()
                .satisfies(open -> assertThat(open.parts()).containsEntry("primary", "0123456789abcdef"));
        assertThat(sealedUnder(next, KEY).resealAll()).isZero();
        assertThat(sealedUnder(KEY, next).resealAll()).isPositive();
    }

    /// An organization's key may do everything; who makes one must be allowed everything.
    @Test
    void scopedKeyDoesNotMakeItselfAnOrganizationKey() {
        String body = "{\"key_type\":\"business\",\"key_name\":\"one\"}";

        assertThat(CONTROL.send("scoped:" + own + "/keys:write", "POST", "/api/v1/keys", body)
                        .code())
                .isEqualTo("INSUFFICIENT_PERMISSION");
        assertThat(CONTROL.send("scoped:" + own + "/keys:write", "GET", "/api/v1/keys", "")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void documentedBusinessKeyIgnoresTheInventedOne() {
        Answer answer = CONTROL.send(
                "admin",
                "POST",
                "/api/v1/keys",
                "{\"key_type\":\"business\",\"key_name\":\"main\",\"credentials\":{\"business_id\":\"" + own
                        + "\",\"api_key\":\"tk_live_mine\"}}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.json().required("api_key").textValue()).matches("tk_live_[0-9a-f]{48}");
    }
}
