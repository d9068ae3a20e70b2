package io.tollgate.control.tenant.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.control.audit.AuditTrail;
import io.tollgate.control.audit.postgres.PostgresAuditTrail;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.key.ApiKeys;
import io.tollgate.control.key.postgres.PostgresApiKeys;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.organization.postgres.PostgresOrganizations;
import io.tollgate.control.tenant.TenantUsage;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.control.tenant.postgres.PostgresTenants;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TenantRoutesIT {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private static final TestControl CONTROL = new TestControl(START);
    private OrganizationId organization = new OrganizationId("none");
    private String own = "";

    /// Every tenant has used 2.5 of one meter in 3 events.
    private static final class FixedUsage implements TenantUsage {
        @Override
        public Map<TenantId, Long> events(OrganizationId organizationId, Collection<TenantId> tenants) {
            return tenants.stream().collect(Collectors.toMap(id -> id, id -> 3L));
        }

        @Override
        public List<OfMeter> total(OrganizationId organizationId, TenantId tenantId) {
            return List.of(new OfMeter("m", new BigDecimal("2.500000"), 3));
        }

        @Override
        public List<OfMeter> month(OrganizationId organizationId, TenantId tenantId, Instant now) {
            return List.of(new OfMeter("m", new BigDecimal("1.000000"), 1));
        }
    }

    @BeforeAll
    static void start() {
        CONTROL.with(Tenants.class, new PostgresTenants(CONTROL.changes()))
                .with(TenantUsage.class, new FixedUsage())
                .with(Organizations.class, new PostgresOrganizations(CONTROL.changes()))
                .with(ApiKeys.class, new PostgresApiKeys(CONTROL.changes()))
                .with(AuditTrail.class, new PostgresAuditTrail(CONTROL.jdbi()))
                .start();
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

    private Answer create(String body) {
        return CONTROL.send(own, "POST", "/api/v1/customers", body);
    }

    /// The documented request: another name for the name, and a plan that does not exist yet.
    @Test
    void tenantIsCreatedWithAPlanThatIsMadeLater() {
        Answer answer = create("{\"customer_id\":\"c1\",\"customer_name\":\"Cora\",\"email\":\"c@example.com\","
                + "\"plan_id\":\"gold\",\"metadata\":{\"tier\":1}}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.json().required("status").textValue()).isEqualTo("created");
        assertThat(answer.json().required("business_id").textValue()).isEqualTo(own);
        assertThat(answer.json().required("name").textValue()).isEqualTo("Cora");
        assertThat(answer.json().required("timestamp").longValue()).isGreaterThanOrEqualTo(START.getEpochSecond());
        assertThat(answer.json().at("/warnings/0").textValue()).isEqualTo("plan_id gold does not exist yet");
        JsonNode published = CONTROL.lastPublished("tollgate.definitions.tenants", own + "/c1");
        assertThat(published.required("plan_ref").textValue()).isEqualTo("gold");
        assertThat(CONTROL.auditedActions(organization)).containsExactly("create_customer");
    }

    @Test
    void nameIsTheIdUntilSomebodyNamesIt() {
        Answer answer = create("{\"customer_id\":\"c1\",\"plan_id\":\"\"}");

        assertThat(answer.json().required("customer_name").textValue()).isEqualTo("c1");
        assertThat(answer.json().required("plan_id").isNull()).isTrue();
        assertThat(answer.json().required("warnings")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"customer_id\":1}",
                "{\"customer_id\":\"\"}",
                "{\"customer_id\":\"a\\u0000b\"}",
                "{\"customer_id\":\"a\",\"email\":\"nobody\"}",
                "{\"customer_id\":\"a\",\"subscription_ends_at\":\"tomorrow\"}",
                "{\"customer_id\":\"a\",\"metadata\":[]}",
                "{\"customer_id\":\"a\",\"metadata\":{\"x\":\"\\u0000\"}}",
                "[]",
                "{"
            })
    void invalidTenantIs400(String body) {
        Answer answer = create(body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().required("message").textValue()).startsWith("Invalid request data");
    }

    @Test
    void secondTenantOfAnIdIs409() {
        create("{\"customer_id\":\"c1\"}");

        Answer answer = create("{\"customer_id\":\"c1\"}");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.json().required("message").textValue()).isEqualTo("Customer already exists");
    }

    /// An event made it first; the organization then tells who it is.
    @Test
    void tenantMadeByAnEventIsTakenOver() {
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO tenants (organization_id, tenant_id, name, status, created_at)"
                                + " VALUES (?, 'c1', 'c1', 'ACTIVE', '2026-01-01T00:00:00Z')",
                        own));

        Answer answer = create("{\"customer_id\":\"c1\",\"name\":\"Cora\"}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        JsonNode shown = CONTROL.send(own, "GET", "/api/v1/customers/c1", "").json();
        assertThat(shown.required("customer_name").textValue()).isEqualTo("Cora");
        assertThat(shown.required("created_at").textValue()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(create("{\"customer_id\":\"c1\"}").status()).isEqualTo(409);
    }

    @Test
    void tenantIsShownWithItsPlanAndUsage() {
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO plans (organization_id, id, plan_name, created_at, updated_at)"
                                + " VALUES (?, 'p1', 'gold', now(), now())",
                        own));
        create("{\"customer_id\":\"c/1 ü\",\"plan_id\":\"gold\"}");

        Answer answer = CONTROL.send(own, "GET", "/api/v1/businesses/" + own + "/customers/c%2F1%20%C3%BC", "");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().required("customer_id").textValue()).isEqualTo("c/1 ü");
        assertThat(answer.json().at("/effective_plan/plan_id").textValue()).isEqualTo("p1");
        assertThat(answer.json().at("/effective_plan/source").textValue()).isEqualTo("plan_id");
        assertThat(answer.json().at("/stats/total_events").longValue()).isEqualTo(3);
        assertThat(answer.json().at("/stats/monthly_event_count").longValue()).isEqualTo(1);
        assertThat(answer.text()).contains("\"quantity\":2.5,").contains("\"monthly_usage\":1.0,");
    }

    @Test
    void listIsFilteredAndPaged() {
        for (int i = 1; i <= 5; i++) {
            create("{\"customer_id\":\"c" + i + "\",\"name\":\"Name_" + i + "\"}");
        }
        CONTROL.send(own, "PATCH", "/api/v1/customers/c2/status", "{\"status\":\"SUSPENDED\"}");

        assertThat(CONTROL.send(own, "GET", "/api/v1/customers", "")
                        .json()
                        .required("count")
                        .intValue())
                .isEqualTo(5);
        assertThat(CONTROL.send(own, "GET", "/api/v1/customers?search=NAME_3", "")
                        .json()
                        .at("/customers/0/customer_id")
                        .textValue())
                .isEqualTo("c3");
        assertThat(CONTROL.send(own, "GET", "/api/v1/customers?search=e%253", "")
                        .json()
                        .required("count")
                        .intValue())
                .isZero();
        assertThat(CONTROL.send(own, "GET", "/api/v1/customers?status=SUSPENDED", "")
                        .json()
                        .at("/customers/0/customer_id")
                        .textValue())
                .isEqualTo("c2");
        Set<String> seen = new HashSet<>();
        String cursor = "";
        do {
            JsonNode page = CONTROL.send(own, "GET", "/api/v1/customers?limit=2&cursor=" + cursor, "")
                    .json();
            page.required("customers")
                    .forEach(tenant -> seen.add(tenant.required("customer_id").textValue()));
            cursor = page.required("next_cursor").asText("");
        } while (!cursor.isEmpty() && !cursor.equals("null"));
        assertThat(seen).containsExactlyInAnyOrder("c1", "c2", "c3", "c4", "c5");
        assertThat(CONTROL.send(own, "GET", "/api/v1/customers?limit=0", "").status())
                .isEqualTo(400);
        assertThat(CONTROL.send(own, "GET", "/api/v1/customers?cursor=x", "").status())
                .isEqualTo(400);
        assertThat(CONTROL.send(own, "GET", "/api/v1/customers?status=new", "").status())
                .isEqualTo(400);
        JsonNode summary =
                CONTROL.send(own, "GET", "/api/v1/customers/summary", "").json();
        assertThat(summary.toString())
                .isEqualTo("{\"total\":5,\"active\":4,\"suspended\":1,\"deleted\":0,\"new_this_month\":5}");
    }

    @Test
    void updateLeavesWhatIsNotSentAndClearsWithAnEmptyText() {
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO plans (organization_id, id, plan_name, created_at, updated_at)"
                                + " VALUES (?, 'p1', 'gold', now(), now())",
                        own));
        create("{\"customer_id\":\"c1\",\"stripe_price_id\":\"price_1\"}");

        Answer answer = CONTROL.send(
                own,
                "PUT",
                "/api/v1/customers/c1",
                "{\"plan_id\":\"gold\",\"stripe_price_id\":null,\"subscription_ends_at\":\"2027-01-01T01:00:00+01:00\"}");

        assertThat(answer.text())
                .isEqualTo("{\"status\":\"updated\",\"customer_id\":\"c1\",\"plan_id\":\"gold\","
                        + "\"stripe_price_id\":\"price_1\",\"subscription_ends_at\":\"2027-01-01T00:00:00Z\"}");
        JsonNode cleared = CONTROL.send(
                        own, "PUT", "/api/v1/customers/c1", "{\"plan_id\":\"\",\"stripe_price_id\":\"\"}")
                .json();
        assertThat(cleared.required("plan_id").isNull()).isTrue();
        assertThat(cleared.required("stripe_price_id").isNull()).isTrue();
        Answer unknown = CONTROL.send(own, "PUT", "/api/v1/customers/c1", "{\"plan_id\":\"silver\"}");
        assertThat(unknown.status()).isEqualTo(400);
        assertThat(unknown.code()).isEqualTo("PLAN_NOT_FOUND");
        assertThat(CONTROL.send(own, "PUT", "/api/v1/customers/nobody", "{}").status())
                .isEqualTo(404);
        assertThat(CONTROL.auditedActions(organization))
                .containsExactly("create_customer", "update_customer", "update_customer");
    }

    @Test
    void deletedTenantIsRestoredUntilItIsErased() {
        create("{\"customer_id\":\"c1\"}");
        CONTROL.send(own, "POST", "/api/v1/customers/c1/keys", "");

        assertThat(CONTROL.send(own, "DELETE", "/api/v1/customers/c1", "").text())
                .isEqualTo("Customer deleted");
        assertThat(CONTROL.send(own, "DELETE", "/api/v1/customers/c1", "").status())
                .isEqualTo(404);
        assertThat(CONTROL.send(own, "POST", "/api/v1/customers/c1/keys", "").status())
                .isEqualTo(404);
        assertThat(CONTROL.lastPublished("tollgate.definitions.tenants", own + "/c1")
                        .required("status")
                        .textValue())
                .isEqualTo("DELETED");
        assertThat(CONTROL.send(own, "POST", "/api/v1/customers/c1/restore", "")
                        .json()
                        .required("status")
                        .textValue())
                .isEqualTo("ACTIVE");
        assertThat(CONTROL.send(own, "POST", "/api/v1/customers/c1/restore", "").status())
                .isEqualTo(409);
        CONTROL.send(own, "PATCH", "/api/v1/customers/c1/status", "{\"status\":\"DELETED\"}");
        Tenants tenants = new PostgresTenants(CONTROL.changes());
        tenants.erase(organization, new TenantId("c1"), START);
        assertThat(tenants.find(organization, new TenantId("c1"))).isPresent();
        tenants.erase(organization, new TenantId("c1"), START.plusSeconds(3600));
        assertThat(tenants.find(organization, new TenantId("c1"))).isEmpty();
        assertThat(CONTROL.auditedActions(organization))
                .containsExactly(
                        "create_customer", "create_key", "delete_customer", "restore_customer", "delete_customer");
    }

    @Test
    void userActsForOneTenant() throws Exception {
        String path = "/api/v1/businesses/" + own + "/customers/get-or-create";
        String body = "{\"user_id\":\"u1\",\"user_email\":\"u@example.com\"}";

        List<Answer> answers = TestControl.concurrently(8, () -> CONTROL.send(own, "POST", path, body));

        assertThat(answers).extracting(Answer::status).containsOnlyOnce(201).contains(200);
        assertThat(answers)
                .extracting(answer -> answer.json().required("customer_id").textValue())
                .allMatch(id -> id.matches("cust_[0-9a-f]{32}"))
                .containsOnly(answers.getFirst().json().required("customer_id").textValue());
        Answer invalid = CONTROL.send(own, "POST", path, "{\"user_id\":\"u1\"}");
        assertThat(invalid.status()).isEqualTo(400);
        assertThat(invalid.json().required("error").textValue()).isEqualTo("Invalid request");
        create("{\"customer_id\":\"c1\"}");
        assertThat(CONTROL.send(own, "POST", "/api/v1/customers/c1/link-user", "{\"user_id\":\"u2\"}")
                        .text())
                .isEqualTo("{\"success\":true,\"message\":\"User linked to customer\"}");
        assertThat(CONTROL.send(own, "POST", path, body.replace("u1", "u2")).text())
                .isEqualTo("{\"customer_id\":\"c1\",\"already_linked\":true}");
        assertThat(CONTROL.send(own, "POST", "/api/v1/customers/c1/unlink-user", "")
                        .status())
                .isEqualTo(200);
        assertThat(CONTROL.send(own, "POST", "/api/v1/customers/nobody/unlink-user", "")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void othersAreRefused() {
        create("{\"customer_id\":\"t1\"}");
        create("{\"customer_id\":\"t2\"}");
        String other = CONTROL.newOrganization().value();

        assertThat(CONTROL.send("nobody", "GET", "/api/v1/customers", "").status())
                .isEqualTo(401);
        assertThat(CONTROL.send(other, "GET", "/api/v1/customers/t1", "").status())
                .isEqualTo(404);
        Answer foreign = CONTROL.send(other, "GET", "/api/v1/businesses/" + own + "/customers/t1", "");
        assertThat(foreign.status()).isEqualTo(403);
        assertThat(foreign.code()).isEqualTo("ORGANIZATION_MISMATCH");
        assertThat(CONTROL.send("tenant:" + own, "GET", "/api/v1/customers/t1", "")
                        .status())
                .isEqualTo(200);
        assertThat(CONTROL.send("tenant:" + own, "GET", "/api/v1/customers/t2", "")
                        .status())
                .isEqualTo(403);
        assertThat(CONTROL.send("tenant:" + own, "GET", "/api/v1/customers", "").status())
                .isEqualTo(403);
        assertThat(CONTROL.send("tenant:" + own, "DELETE", "/api/v1/customers/t1", "")
                        .status())
                .isEqualTo(403);
        Answer reader = CONTROL.send("scoped:" + own + "/customers:read", "DELETE", "/api/v1/customers/t1", "");
        assertThat(reader.status()).isEqualTo(403);
        assertThat(reader.code()).isEqualTo("INSUFFICIENT_PERMISSION");
        assertThat(CONTROL.send("admin", "GET", "/api/v1/customers", "").code()).isEqualTo("ORGANIZATION_REQUIRED");
        assertThat(CONTROL.send("admin", "GET", "/api/v1/businesses/biz_none/customers", "")
                        .status())
                .isEqualTo(404);
    }

    /// The admin names the organization only where there are several to choose from.
    @Test
    void adminNeedNotNameTheOnlyOrganizationOfATenant() {
        String id = "only-" + own;
        create("{\"customer_id\":\"" + id + "\"}");

        assertThat(CONTROL.send("admin", "GET", "/api/v1/customers/" + id, "").status())
                .isEqualTo(200);
        CONTROL.send(
                CONTROL.newOrganization().value(), "POST", "/api/v1/customers", "{\"customer_id\":\"" + id + "\"}");
        assertThat(CONTROL.send("admin", "GET", "/api/v1/customers/" + id, "").code())
                .isEqualTo("ORGANIZATION_REQUIRED");
        assertThat(CONTROL.send("admin", "GET", "/api/v1/customers/nobody", "").status())
                .isEqualTo(404);
    }

    @Test
    void changesAreReadInTheAuditLog() {
        CONTROL.exchange(own, "POST", "/api/v1/customers", "{\"customer_id\":\"c1\"}");
        CONTROL.exchange("admin", "DELETE", "/api/v1/businesses/" + own + "/customers/c1", "");

        JsonNode logs =
                CONTROL.send(own, "GET", "/api/v1/audit-logs", "").json().required("audit_logs");
        assertThat(logs)
                .extracting(log -> log.required("action").textValue())
                .containsExactly("delete_customer", "create_customer", "create_business");
        assertThat(logs)
                .extracting(log -> log.required("actor_id").textValue())
                .containsExactly("admin", "key:test", "system");
        assertThat(logs.get(0).at("/details/before/status").textValue()).isEqualTo("ACTIVE");
        String filtered = "?business_id=" + own
                + "&action=create_customer&actor_id=key:test&start_date=2026-11-22&end_date=2026-11-22";
        JsonNode found =
                CONTROL.send("admin", "GET", "/admin/audit-logs" + filtered, "").json();
        assertThat(found.required("audit_logs")).hasSize(1);
        assertThat(CONTROL.send("admin", "GET", "/admin/audit-logs?business_id=" + own + "&end_date=2026-11-21", "")
                        .json()
                        .required("audit_logs"))
                .isEmpty();
        JsonNode first =
                CONTROL.send(own, "GET", "/api/v1/audit-logs?limit=2", "").json();
        JsonNode second = CONTROL.send(
                        own,
                        "GET",
                        "/api/v1/audit-logs?limit=2&cursor="
                                + first.required("next_cursor").textValue(),
                        "")
                .json();
        assertThat(second.required("audit_logs")).hasSize(1);
        assertThat(second.required("next_cursor").isNull()).isTrue();
        assertThat(CONTROL.send(own, "GET", "/admin/audit-logs", "").status()).isEqualTo(401);
        assertThat(CONTROL.send("reader:" + own, "GET", "/api/v1/audit-logs", "")
                        .status())
                .isEqualTo(403);
    }
}
