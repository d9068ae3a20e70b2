package io.tollgate.control.price.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.organization.postgres.PostgresOrganizations;
import io.tollgate.control.price.PriceModels;
import io.tollgate.control.price.postgres.PostgresPriceModels;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.control.tenant.postgres.PostgresTenants;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Price models over HTTP with a real database.
class PriceRoutesIT {
    private static final String PATH = "/api/v1/price-models";
    private static final String LIST_A = """
            "tiers":[{"min_quantity":0,"max_quantity":1000,"unit_price":0.10},
                     {"min_quantity":1001,"max_quantity":10000,"unit_price":"0.08"},
                     {"min_quantity":10001,"max_quantity":null,"unit_price":0.05}]""";

    private static final TestControl CONTROL = new TestControl(Instant.parse("2026-11-22T09:30:20.5Z"));

    private OrganizationId organization = new OrganizationId("none");

    @BeforeAll
    static void start() {
        CONTROL.with(PriceModels.class, new PostgresPriceModels(CONTROL.changes()))
                .with(Tenants.class, new PostgresTenants(CONTROL.changes()))
                .with(Organizations.class, new PostgresOrganizations(CONTROL.changes()))
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
        return CONTROL.send(organization.value(), method, path, body);
    }

    private JsonNode create(String body) {
        Answer answer = send("POST", PATH, body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json();
    }

    private static String id(JsonNode price) {
        return price.required("id").textValue();
    }

    private BigDecimal total(String body) {
        Answer answer = send("POST", "/api/v1/prices/calculate", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().required("total").decimalValue();
    }

    private void plan(String id, String name) {
        CONTROL.jdbi().useHandle(handle -> handle.execute("""
                INSERT INTO plans (organization_id, id, plan_name, created_at, updated_at)
                VALUES (?, ?, ?, now(), now())
                """, organization.value(), id, name));
    }

    private void tenant(String id, String planRef) {
        CONTROL.jdbi().useHandle(handle -> handle.execute("""
                INSERT INTO tenants (organization_id, tenant_id, name, status, created_at, plan_ref)
                VALUES (?, ?, ?, 'ACTIVE', now(), ?)
                """, organization.value(), id, id, planRef));
    }

    @Test
    void pricesWhatItSays() {
        JsonNode price = create("{\"event_type\":\"api_request\"," + LIST_A + "}");

        assertThat(price.required("model").textValue()).isEqualTo("graduated");
        assertThat(price.required("currency").textValue()).isEqualTo("EUR");
        assertThat(price.required("tiers").get(1).required("min_quantity").intValue())
                .isEqualTo(1000);
        assertThat(send("GET", PATH + "/" + id(price), "").json()).isEqualTo(price);
        assertThat(send("GET", PATH, "").json().required("price_models")).containsExactly(price);
        assertThat(total("{\"event_type\":\"api_request\",\"quantity\":2400}")).isEqualByComparingTo("212.00");
        assertThat(total("{\"event_type\":\"api_request\",\"quantity\":\"12345.678901\"}"))
                .isEqualByComparingTo("937.28");
    }

    /// Adding to a zero of so many digits would take hours.
    @Test
    void zeroMayHaveAnyExponent() {
        assertThat(total("{\"quantity\":5,\"model\":{\"model\":\"package\",\"package_size\":1,\"package_price\":1,"
                        + "\"included_units\":\"0e-400000000\"}}"))
                .isEqualByComparingTo("5");
    }

    @Test
    void calculatesWithAModelThatIsNotStored() {
        assertThat(total("{\"quantity\":1201,\"model\":{\"model\":\"package\",\"package_size\":500,"
                        + "\"package_price\":12.50}}"))
                .isEqualByComparingTo("37.50");
        assertThat(total("{\"quantity\":1000,\"model\":{\"model\":\"percentage\",\"percentage\":2.9,"
                        + "\"flat_fee\":0.3,\"currency\":\"JPY\"}}"))
                .isEqualByComparingTo("29");
        Answer answer = send("POST", "/api/v1/prices/calculate", "{\"quantity\":1,\"event_type\":\"unknown\"}");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(send("GET", PATH, "").json().required("price_models")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {}                                                                       | event_type
        {"event_type":"m"}                                                       | tiers
        {"event_type":"m","model":"free"}                                        | model
        {"event_type":"m","model":"per_unit"}                                    | unit_price
        {"event_type":"m","model":"per_unit","unit_price":-1}                    | model
        {"event_type":"m","model":"per_unit","unit_price":-1e999999999}          | unit_price
        {"event_type":"m","model":"per_unit","unit_price":1e2147483647}          | unit_price
        {"event_type":"m","model":"per_unit","unit_price":1e99}                  | model
        {"event_type":"m","model":"per_unit","unit_price":"1e999999999"}         | unit_price
        {"event_type":"m","model":"per_unit","unit_price":"1e-999999999"}        | unit_price
        {"event_type":"m","model":"flat"}                                        | flat_fee
        {"event_type":"m","model":"package","package_size":0,"package_price":1}  | model
        {"event_type":"m","model":"per_unit","unit_price":1,"currency":"XXX"}    | currency
        {"event_type":"m","model":"per_unit","unit_price":1,"currency":"EURO"}   | currency
        {"event_type":"m","model":"per_unit","unit_price":1,"plan_id":"none"}    | plan_id
        {"event_type":"m","model":"per_unit","unit_price":1,"plan_id":"a","tenant_id":"b"} | tenant_id
        {"event_type":"m","model":"per_unit","unit_price":1,"effective_to":"2020-01-01T00:00:00Z"} | effective_to
        {"event_type":"m","tiers":[]}                                            | tiers
        {"event_type":"m","tiers":[{"min_quantity":0,"unit_price":1},{"min_quantity":5,"unit_price":1}]} | tiers
        {"event_type":"m","tiers":[{"min_quantity":1,"unit_price":1}]}           | tiers
        {"event_type":"m","model":"per_unit","unit_price":1,"minimum_charge":2,"maximum_charge":1} | model
        """)
    void wrongPriceIsRefusedWithItsField(String body, String field) {
        Answer answer = send("POST", PATH, body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().required("message").textValue()).contains(field + ": ");
    }

    @Test
    void newVersionEndsTheOneBefore() {
        JsonNode first = create("{\"event_type\":\"m\",\"model\":\"per_unit\",\"unit_price\":1,"
                + "\"effective_from\":\"2026-01-01T00:00:00Z\"}");
        create("{\"event_type\":\"m\",\"model\":\"per_unit\",\"unit_price\":2,"
                + "\"effective_from\":\"2026-02-01T00:00:00Z\"}");

        assertThat(send("GET", PATH + "/" + id(first), "")
                        .json()
                        .required("effective_to")
                        .textValue())
                .isEqualTo("2026-02-01T00:00:00Z");
        assertThat(total("{\"event_type\":\"m\",\"quantity\":10,\"at\":\"2026-01-31T23:59:59.999999Z\"}"))
                .isEqualByComparingTo("10.00");
        assertThat(total("{\"event_type\":\"m\",\"quantity\":10,\"at\":\"2026-02-01T00:00:00Z\"}"))
                .isEqualByComparingTo("20.00");
        assertThat(send("GET", PATH + "?at=2026-01-15", "").json().required("price_models"))
                .extracting(price -> price.required("unit_price").intValue())
                .containsExactly(1);
    }

    @Test
    void twoAreNeverInForceAtTheSameTime() throws Exception {
        String body = "{\"event_type\":\"m\",\"model\":\"per_unit\",\"unit_price\":1,"
                + "\"effective_from\":\"2026-01-01T00:00:00Z\",\"effective_to\":\"2026-02-01T00:00:00Z\"}";
        assertThat(TestControl.concurrently(8, () -> send("POST", PATH, body).status()))
                .containsOnly(201, 409)
                .containsOnlyOnce(201);

        Answer within = send(
                "POST",
                PATH,
                "{\"event_type\":\"m\",\"model\":\"flat\",\"flat_fee\":1,\"effective_from\":\"2026-01-31T00:00:00Z\"}");
        assertThat(within.status()).isEqualTo(409);
        assertThat(within.code()).isEqualTo("ALREADY_EXISTS");
        create("{\"event_type\":\"m\",\"model\":\"flat\",\"flat_fee\":1,\"effective_from\":\"2026-02-01T00:00:00Z\"}");
        create(body.replace("{\"event_type\"", "{\"tenant_id\":\"cust_1\",\"event_type\""));
    }

    @Test
    void theMostSpecificPriceWins() {
        plan("gold", "Gold");
        tenant("cust_1", "Gold");
        create("{\"event_type\":\"m\",\"model\":\"per_unit\",\"unit_price\":3}");
        JsonNode ofPlan = create("{\"event_type\":\"m\",\"model\":\"per_unit\",\"unit_price\":2,\"plan_id\":\"Gold\"}");
        assertThat(ofPlan.required("plan_id").textValue()).isEqualTo("gold");
        String asked = "{\"event_type\":\"m\",\"quantity\":1,\"tenant_id\":\"cust_1\"}";
        assertThat(total(asked)).isEqualByComparingTo("2.00");
        JsonNode ofTenant =
                create("{\"event_type\":\"m\",\"model\":\"per_unit\",\"unit_price\":1,\"tenant_id\":\"cust_1\"}");

        assertThat(total(asked)).isEqualByComparingTo("1.00");
        assertThat(total("{\"event_type\":\"m\",\"quantity\":1}")).isEqualByComparingTo("3.00");
        assertThat(send("GET", PATH + "?tenant_id=cust_1", "").json().required("price_models"))
                .containsExactly(ofTenant);
        assertThat(send("GET", PATH + "?plan_id=Gold", "").json().required("price_models"))
                .containsExactly(ofPlan);
    }

    @Test
    void changeKeepsWhatIsAbsent() {
        String id = id(create("{\"event_type\":\"m\",\"model\":\"per_unit\",\"unit_price\":1,\"flat_fee\":5,"
                + "\"minimum_charge\":7}"));

        Answer changed = send("PUT", PATH + "/" + id, "{\"unit_price\":2,\"minimum_charge\":null}");

        assertThat(changed.status()).as(changed.text()).isEqualTo(200);
        assertThat(changed.json().required("flat_fee").intValue()).isEqualTo(5);
        assertThat(changed.json().required("minimum_charge").isNull()).isTrue();
        assertThat(total("{\"event_type\":\"m\",\"quantity\":1}")).isEqualByComparingTo("7.00");
        assertThat(send("PUT", PATH + "/" + id, "{" + LIST_A + "}").status()).isEqualTo(400);
        assertThat(send("PUT", PATH + "/" + id, "{\"model\":\"volume\"," + LIST_A + "}")
                        .status())
                .isEqualTo(200);
        assertThat(total("{\"event_type\":\"m\",\"quantity\":2400}")).isEqualByComparingTo("197.00");
    }

    @Test
    void deletedPriceIsGone() {
        String id = id(create("{\"event_type\":\"m\"," + LIST_A + "}"));

        assertThat(send("DELETE", PATH + "/" + id, "").text()).isEqualTo("{\"success\":true}");

        for (String method : List.of("GET", "PUT", "DELETE")) {
            String body = method.equals("PUT") ? "{}" : "";
            assertThat(send(method, PATH + "/" + id, body).status()).isEqualTo(404);
            assertThat(send(method, PATH + "/%00", body).status()).isEqualTo(404);
        }
        assertThat(CONTROL.auditedActions(organization)).containsExactly("create_price_model", "delete_price_model");
    }

    @Test
    void tiersAreAddedChangedAndTakenAwayOneByOne() {
        String path = "/api/v1/price-tiers";
        Answer first = send("POST", path, "{\"event_type\":\"m\",\"min_quantity\":0,\"unit_price\":0.10}");
        assertThat(first.status()).as(first.text()).isEqualTo(201);
        Answer second = send("POST", path, "{\"event_type\":\"m\",\"min_quantity\":1000,\"unit_price\":0.07}");
        Answer third = send("POST", path, "{\"event_type\":\"m\",\"min_quantity\":10000,\"unit_price\":0.05}");
        assertThat(send("POST", path, "{\"event_type\":\"m\",\"min_quantity\":500,\"unit_price\":1}")
                        .status())
                .isEqualTo(400);
        assertThat(send("PUT", path + "/" + id(second.json()), "{\"unit_price\":0.08}")
                        .json()
                        .required("max_quantity")
                        .intValue())
                .isEqualTo(10_000);

        assertThat(total("{\"event_type\":\"m\",\"quantity\":12345.678901}")).isEqualByComparingTo("937.28");
        assertThat(send("GET", path, "").json().required("count").intValue()).isEqualTo(3);
        assertThat(send("PUT", path + "/" + id(second.json()), "{\"min_quantity\":20000}")
                        .status())
                .isEqualTo(400);
        assertThat(send("DELETE", path + "/" + id(first.json()), "").status()).isEqualTo(409);
        assertThat(send("DELETE", path + "/" + id(second.json()), "").status()).isEqualTo(200);
        assertThat(send("DELETE", path + "/" + id(second.json()), "").status())
                .as("repeated")
                .isEqualTo(404);
        assertThat(total("{\"event_type\":\"m\",\"quantity\":20000}")).isEqualByComparingTo("1500");
        assertThat(send("DELETE", path + "/" + id(third.json()), "").status()).isEqualTo(200);
        assertThat(send("DELETE", path + "/" + id(first.json()), "").status()).isEqualTo(200);
        assertThat(send("GET", PATH, "").json().required("price_models")).isEmpty();
    }

    @Test
    void onlyTheOrganizationItselfReachesItsPrices() {
        String path = PATH + "/" + id(create("{\"event_type\":\"m\"," + LIST_A + "}"));
        String other = CONTROL.newOrganization().value();

        for (String method : List.of("GET", "PUT", "DELETE")) {
            String body = method.equals("PUT") ? "{\"flat_fee\":1}" : "";
            assertThat(CONTROL.send(other, method, path, body).status()).isEqualTo(404);
            assertThat(CONTROL.send("admin", method, path, body).status()).isEqualTo(403);
            assertThat(CONTROL.send("nobody", method, path, body).status()).isEqualTo(401);
            assertThat(CONTROL.send("reader:" + organization, method, path, body)
                            .status())
                    .isEqualTo(method.equals("GET") ? 200 : 403);
        }
        assertThat(CONTROL.send(other, "GET", PATH, "").json().required("price_models"))
                .isEmpty();
    }
}
