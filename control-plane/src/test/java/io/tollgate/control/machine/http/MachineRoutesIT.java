package io.tollgate.control.machine.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.machine.MachineWorker;
import io.tollgate.control.machine.Machines;
import io.tollgate.control.machine.MockMachines;
import io.tollgate.control.machine.postgres.PostgresMachines;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.organization.postgres.PostgresOrganizations;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.control.tenant.postgres.PostgresTenants;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MachineRoutesIT {
    private static final TestControl CONTROL = new TestControl(Instant.parse("2026-11-22T10:00:00Z"));

    @BeforeAll
    static void start() {
        PostgresMachines machines = new PostgresMachines(CONTROL.changes(), "acme/scaled:1");
        CONTROL.with(Organizations.class, new PostgresOrganizations(CONTROL.changes()))
                .with(Tenants.class, new PostgresTenants(CONTROL.changes()))
                .with(Machines.class, machines)
                .with(
                        MachineWorker.class,
                        new MachineWorker(
                                machines,
                                new MockMachines(),
                                () -> CONTROL.changes().now(),
                                Runnable::run,
                                new SimpleMeterRegistry()))
                .start();
    }

    @AfterAll
    static void stop() {
        CONTROL.close();
    }

    private static Answer admin(String path, String body) {
        return CONTROL.send("admin", "POST", path, body);
    }

    private static String provision(OrganizationId organization, String tenant) {
        Answer queued = admin(
                "/admin/provision/test",
                "{\"customer_id\":\"" + tenant + "\",\"business_id\":\"" + organization.value() + "\"}");
        assertThat(queued.text()).isEqualTo("{\"status\":\"queued\",\"customer_id\":\"" + tenant + "\"}");
        assertThat(admin("/admin/force-provision", "").text()).isEqualTo("Polling triggered");
        return "/api/v1/customers/" + tenant + "/machines";
    }

    @Test
    void machineIsMadeShownAndEnded() {
        OrganizationId organization = CONTROL.newOrganization();
        String path = provision(organization, "t1");

        Answer shown = CONTROL.send(organization.value(), "GET", path, "");

        assertThat(shown.status()).as(shown.text()).isEqualTo(200);
        JsonNode machine = shown.json().at("/machines/0");
        assertThat(machine.required("machine_id").textValue()).startsWith("mock_");
        assertThat(machine.required("status").textValue()).isEqualTo("running");
        assertThat(machine.required("machine_url").textValue()).startsWith("https://");
        assertThat(machine.required("expires_at").longValue())
                .isEqualTo(Instant.parse("2026-11-22T11:00:00Z").getEpochSecond());
        assertThat(machine.properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrder(
                        "machine_id",
                        "status",
                        "fly_app_name",
                        "machine_url",
                        "ip_address",
                        "docker_image",
                        "expires_at");

        assertThat(admin(
                                "/admin/terminate/test",
                                "{\"customer_id\":\"t1\",\"business_id\":\"" + organization.value() + "\"}")
                        .text())
                .isEqualTo("{\"status\":\"queued\",\"customer_id\":\"t1\"}");
        admin("/admin/force-provision", "");
        Answer none = CONTROL.send(organization.value(), "GET", path, "");
        assertThat(none.status()).isEqualTo(404);
        assertThat(none.json().required("message").textValue()).isEqualTo("No machines found for customer");
        assertThat(CONTROL.auditedActions(organization))
                .containsExactly("create_customer", "provision_machine", "terminate_machine");
    }

    @Test
    void organizationAndTenantAreMadeForATest() {
        Answer queued = admin("/admin/provision/test", "");
        String tenant = queued.json().required("customer_id").textValue();
        admin("/admin/force-provision", "");

        assertThat(CONTROL.send("admin", "GET", "/api/v1/customers/" + tenant + "/machines", "")
                        .status())
                .isEqualTo(200);
        assertThat(admin("/admin/terminate/test", "{\"customer_id\":\"" + tenant + "\"}")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void machinesAreSeenByWhomTheyConcern() {
        OrganizationId organization = CONTROL.newOrganization();
        String own = organization.value();
        String path = provision(organization, "t1");
        String other = provision(organization, "t2");
        String inBusiness = "/api/v1/businesses/" + own + "/customers/t1/machines";
        String stranger = CONTROL.newOrganization().value();

        assertThat(status("tenant:" + own, path)).isEqualTo(200);
        assertThat(status("tenant:" + own, inBusiness)).isEqualTo(200);
        assertThat(status("tenant:" + own, other)).isEqualTo(403);
        assertThat(status("scoped:" + own + "/customers:read", path)).isEqualTo(200);
        assertThat(status("scoped:" + own + "/customers:write", path)).isEqualTo(403);
        assertThat(status("admin", inBusiness)).isEqualTo(200);
        assertThat(status("nobody", path)).isEqualTo(401);
        assertThat(status(stranger, path)).isEqualTo(404);
        assertThat(status(stranger, inBusiness)).isEqualTo(403);
        assertThat(status("tenant:" + stranger, inBusiness)).isEqualTo(403);
    }

    private static int status(String principal, String path) {
        return CONTROL.send(principal, "GET", path, "").status();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/admin/provision/test", "/admin/terminate/test", "/admin/force-provision"})
    void onlyTheOperatorTriesThingsOut(String path) {
        String own = CONTROL.newOrganization().value();
        for (String principal : new String[] {own, "tenant:" + own, "scoped:" + own + "/customers:write", "nobody"}) {
            assertThat(CONTROL.send(principal, "POST", path, "{\"customer_id\":\"t1\"}")
                            .status())
                    .as(principal)
                    .isEqualTo(401);
        }
    }

    @Test
    void wrongRequestsAreRefused() {
        OrganizationId organization = CONTROL.newOrganization();

        assertThat(admin("/admin/terminate/test", "{}").status()).isEqualTo(400);
        assertThat(admin("/admin/terminate/test", "{\"customer_id\":\"nobody-s\"}")
                        .status())
                .isEqualTo(404);
        assertThat(admin("/admin/provision/test", "{\"customer_id\":7}").status())
                .isEqualTo(400);
        assertThat(admin("/admin/provision/test", "{\"business_id\":\"biz_none\"}")
                        .status())
                .isEqualTo(404);
        assertThat(status(organization.value(), "/api/v1/customers/t1/machines"))
                .isEqualTo(404);
    }
}
