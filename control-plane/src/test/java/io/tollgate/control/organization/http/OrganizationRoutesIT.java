package io.tollgate.control.organization.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.organization.postgres.PostgresOrganizations;
import io.tollgate.control.tenant.Erasure;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.control.tenant.postgres.PostgresTenants;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrganizationRoutesIT {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private static final TestControl CONTROL = new TestControl(START);
    private OrganizationId organization = new OrganizationId("none");
    private String path = "";

    @BeforeAll
    static void start() {
        CONTROL.with(Organizations.class, new PostgresOrganizations(CONTROL.changes()))
                .with(Tenants.class, new PostgresTenants(CONTROL.changes()))
                .start();
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    @BeforeEach
    void makeOrganization() {
        organization = CONTROL.newOrganization();
        path = "/api/v1/businesses/" + organization;
    }

    @Test
    void settingsAreChangedAndShown() {
        Answer updated = CONTROL.send(
                "admin",
                "PUT",
                path,
                "{\"business_name\":\"New\",\"email\":\"n@b.c\","
                        + "\"time_zone\":\"Asia/Kolkata\",\"tax_rate\":0.19,\"payment_terms_days\":14.0,"
                        + "\"auto_invoice\":\"draft\",\"expired_without_free_plan\":\"deny\"}");

        assertThat(updated.text()).isEqualTo("{\"success\":true,\"message\":\"Business updated successfully\"}");
        Answer shown = CONTROL.send(organization.value(), "GET", "/api/v1/organization", "");
        assertThat(shown.text())
                .contains("\"business_name\":\"New\"", "\"time_zone\":\"Asia/Kolkata\"", "\"tax_rate\":0.19,")
                .contains("\"payment_terms_days\":14,", "\"auto_invoice\":\"draft\"", "\"currency\":\"EUR\"");
        Answer patched = CONTROL.send(organization.value(), "PATCH", "/api/v1/organization", "{\"currency\":\"USD\"}");
        assertThat(patched.status()).as(patched.text()).isEqualTo(200);
        assertThat(patched.text()).contains("\"business_name\":\"New\"", "\"currency\":\"USD\"");
        assertThat(CONTROL.lastPublished("tollgate.definitions.organizations", organization.value())
                        .required("expired_without_free_plan")
                        .textValue())
                .isEqualTo("deny");
        assertThat(CONTROL.auditedActions(organization)).containsExactly("update_business", "update_business");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"business_name\":\"New\"}",
                "{\"business_name\":\"New\",\"email\":\"n@b.c\",\"tax_rate\":1.1}",
                "{\"business_name\":\"New\",\"email\":\"n@b.c\",\"tax_rate\":1e999999999}",
                "{\"business_name\":\"New\",\"email\":\"n@b.c\",\"tax_rate\":\"0.1\"}",
                "{\"business_name\":\"New\",\"email\":\"n@b.c\",\"payment_terms_days\":1.5}",
                "{\"business_name\":\"New\",\"email\":\"n@b.c\",\"auto_invoice\":\"always\"}"
            })
    void invalidUpdateIs400(String body) {
        Answer answer = CONTROL.send("admin", "PUT", path, body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().required("error").textValue()).isEqualTo("Invalid request");
    }

    @Test
    void onlyTheAdminManagesBusinesses() {
        for (String method : List.of("PUT", "DELETE")) {
            assertThat(CONTROL.send(organization.value(), method, path, "{}")
                            .json()
                            .required("message")
                            .textValue())
                    .isEqualTo("Admin authentication required");
            assertThat(CONTROL.send("nobody", method, path, "{}").status()).isEqualTo(401);
        }
        assertThat(CONTROL.send("reader:" + organization, "PATCH", "/api/v1/organization", "{}")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void deletedOrganizationIsGoneUntilItIsRestored() {
        Answer deleted = CONTROL.send("admin", "DELETE", path, "");

        assertThat(deleted.text())
                .isEqualTo("{\"success\":true,\"message\":\"Business scheduled for deletion in 30 days\","
                        + "\"business_id\":\"" + organization + "\"}");
        assertThat(CONTROL.send("admin", "DELETE", path, "")
                        .json()
                        .required("message")
                        .textValue())
                .isEqualTo("Business not found");
        assertThat(CONTROL.send("admin", "POST", path + "/restore", "").text())
                .isEqualTo("{\"success\":true,\"message\":\"Business restored successfully\"}");
        assertThat(CONTROL.send("admin", "POST", path + "/restore", "").code()).isEqualTo("INVALID_STATE");
        assertThat(CONTROL.send("admin", "POST", "/api/v1/businesses/biz_none/restore", "")
                        .status())
                .isEqualTo(404);
        assertThat(CONTROL.auditedActions(organization)).containsExactly("delete_business", "restore_business");
    }

    @Test
    void organizationIsErasedAfterThirtyDays() {
        CONTROL.send(organization.value(), "POST", "/api/v1/customers", "{\"customer_id\":\"c1\"}");
        CONTROL.send("admin", "DELETE", path, "");
        List<String> owned = new ArrayList<>();
        Organizations organizations = new PostgresOrganizations(CONTROL.changes());
        Tenants tenants = new PostgresTenants(CONTROL.changes());

        new Erasure(
                        organizations,
                        tenants,
                        (id, tenant) -> owned.add(id.value()),
                        () -> START.plus(Duration.ofDays(29)))
                .run();
        assertThat(owned).isEmpty();
        new Erasure(
                        organizations,
                        tenants,
                        (id, tenant) -> owned.add(id.value()),
                        () -> START.plus(Duration.ofDays(31)))
                .run();

        assertThat(owned).contains(organization.value());
        assertThat(CONTROL.send("admin", "POST", path + "/restore", "").status())
                .isEqualTo(404);
        String left = CONTROL.jdbi()
                .withHandle(handle -> handle.createQuery("""
                                SELECT name || email || (SELECT count(*) FROM tenants t WHERE t.organization_id = o.id)
                                FROM organizations o WHERE id = :id
                                """)
                        .bind("id", organization.value())
                        .mapTo(String.class)
                        .one());
        assertThat(left).isEqualTo("erased0");
    }
}
