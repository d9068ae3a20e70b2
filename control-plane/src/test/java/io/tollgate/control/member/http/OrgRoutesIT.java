package io.tollgate.control.member.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestAccounts;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrgRoutesIT {
    private static final TestAccounts ACCOUNTS = new TestAccounts(Instant.parse("2026-11-22T10:00:00Z"));
    private static final String ORGS = "/api/orgs";

    @AfterAll
    static void stop() {
        ACCOUNTS.close();
    }

    private static String told(Answer answer) {
        return answer.status() + " " + answer.json().path("message").asText();
    }

    private static String newOrg(String session, String body) {
        Answer made = ACCOUNTS.as(session, "POST", ORGS, body);
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return made.json().required("id").textValue();
    }

    @Test
    void whoMakesAnOrganizationOwnsIt() {
        String session = ACCOUNTS.signUp("maker@example.com");

        Answer made = ACCOUNTS.as(session, "POST", ORGS, "{\"name\":\"Café Größe & Söhne\"}");

        assertThat(made.status()).as(made.text()).isEqualTo(201);
        JsonNode org = made.json();
        assertThat(org.properties())
                .extracting(Map.Entry::getKey)
                .containsExactly("id", "name", "slug", "createdAt", "updatedAt", "memberCount", "plan", "role");
        assertThat(org.required("slug").textValue()).matches("cafe-gro-e-sohne-[0-9a-z]{8}");
        assertThat(org.required("role").textValue()).isEqualTo("OWNER");
        assertThat(org.required("memberCount").intValue()).isEqualTo(1);
        assertThat(org.required("plan").isNull()).isTrue();
        assertThat(ACCOUNTS.as(session, "GET", ORGS, "").text()).isEqualTo("[" + made.text() + "]");
        OrganizationId id = new OrganizationId(org.required("id").textValue());
        // A definition as any other: gateways learn of it.
        assertThat(ACCOUNTS.control()
                        .lastPublished("tollgate.definitions.organizations", id.value())
                        .isObject())
                .isTrue();
        assertThat(ACCOUNTS.as(session, "GET", "/api/v1/organization", "").text())
                .contains("maker@example.com");
    }

    @Test
    void slugBelongsToOne() throws Exception {
        String session = ACCOUNTS.signUp("slug@example.com");

        List<Integer> statuses = TestControl.concurrently(
                4,
                () -> ACCOUNTS.as(session, "POST", ORGS, "{\"name\":\"A\",\"slug\":\"ACME\"}")
                        .status());

        assertThat(statuses).containsExactlyInAnyOrder(201, 409, 409, 409);
        assertThat(ACCOUNTS.as(session, "GET", ORGS, "").json()).hasSize(1);
        String another = newOrg(session, "{\"name\":\"B\"}");
        assertThat(told(ACCOUNTS.as(session, "PATCH", ORGS + "/" + another, "{\"slug\":\"acme\"}")))
                .isEqualTo("409 Slug already taken");
        Answer renamed = ACCOUNTS.as(session, "PATCH", ORGS + "/" + another, "{\"name\":\"C\",\"slug\":\"acme-2\"}");
        assertThat(renamed.json().required("name").textValue()).isEqualTo("C");
        assertThat(renamed.json().required("slug").textValue()).isEqualTo("acme-2");
        assertThat(ACCOUNTS.as(session, "PATCH", ORGS + "/" + another, "{}")
                        .json()
                        .required("slug")
                        .textValue())
                .isEqualTo("acme-2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"name\":\" \"}",
                "{\"name\":\"A\",\"slug\":\"-a\"}",
                "{\"name\":\"A\",\"slug\":\"a--b\"}",
                "{\"name\":\"A\",\"slug\":\"a b\"}",
                "{\"name\":\"A\",\"slug\":7}"
            })
    void whatCannotBeAnOrganizationIs400(String body) {
        String session = ACCOUNTS.signUp("bad" + Integer.toHexString(body.hashCode()) + "@example.com");

        assertThat(ACCOUNTS.as(session, "POST", ORGS, body).status()).isEqualTo(400);
    }

    @Test
    void membersActByTheirRoles() {
        String owner = ACCOUNTS.signUp("roles@example.com");
        String org = newOrg(owner, "{\"name\":\"Roles\"}");
        OrganizationId id = new OrganizationId(org);
        String admin = ACCOUNTS.joining(owner, id, "roles-admin@example.com", "admin");
        String viewer = ACCOUNTS.joining(owner, id, "roles-viewer@example.com", "viewer");
        String path = ORGS + "/" + org;
        String ownerPath = path + "/members/" + ACCOUNTS.userId(owner);
        String viewerPath = path + "/members/" + ACCOUNTS.userId(viewer);

        assertThat(ACCOUNTS.as(viewer, "GET", path + "/members", "").json()).hasSize(3);
        assertThat(told(ACCOUNTS.as(viewer, "PATCH", path, "{\"name\":\"X\"}")))
                .isEqualTo("403 Insufficient permissions");
        assertThat(ACCOUNTS.as(viewer, "PATCH", viewerPath, "{\"role\":\"OWNER\"}")
                        .status())
                .isEqualTo(403);
        assertThat(ACCOUNTS.as(viewer, "DELETE", ownerPath, "").status()).isEqualTo(403);
        assertThat(ACCOUNTS.as(admin, "PATCH", ownerPath, "{\"role\":\"MEMBER\"}")
                        .status())
                .isEqualTo(403);
        assertThat(ACCOUNTS.as(admin, "DELETE", ownerPath, "").status()).isEqualTo(403);
        assertThat(ACCOUNTS.as(admin, "PATCH", viewerPath, "{\"role\":\"MEMBER\"}")
                        .json()
                        .required("role")
                        .textValue())
                .isEqualTo("MEMBER");
        assertThat(told(ACCOUNTS.as(owner, "POST", path + "/leave", "")))
                .isEqualTo("400 Cannot leave as the last owner. Transfer ownership first.");
        assertThat(ACCOUNTS.as(viewer, "POST", path + "/leave", "").status()).isEqualTo(201);
        assertThat(told(ACCOUNTS.as(viewer, "GET", path + "/members", ""))).isEqualTo("404 Organization not found");
        assertThat(ACCOUNTS.as(viewer, "GET", ORGS, "").text()).isEqualTo("[]");
        assertThat(ACCOUNTS.as(owner, "DELETE", path + "/members/" + ACCOUNTS.userId(admin), "")
                        .status())
                .isEqualTo(200);
        assertThat(told(ACCOUNTS.as(owner, "DELETE", viewerPath, ""))).isEqualTo("404 Member not found");
    }

    @Test
    void organizationOfOthersDoesNotExist() {
        String owner = ACCOUNTS.signUp("others@example.com");
        String path = ORGS + "/" + newOrg(owner, "{\"name\":\"Others\"}");
        String stranger = ACCOUNTS.signUp("others-stranger@example.com");
        String member = path + "/members/" + ACCOUNTS.userId(owner);

        assertThat(told(ACCOUNTS.as(stranger, "PATCH", path, "{\"name\":\"Mine\"}")))
                .isEqualTo("404 Organization not found");
        for (String method : List.of("PATCH", "DELETE")) {
            assertThat(ACCOUNTS.as(stranger, method, member, "{\"role\":\"VIEWER\"}")
                            .status())
                    .isEqualTo(404);
        }
        assertThat(ACCOUNTS.as(stranger, "POST", path + "/leave", "").status()).isEqualTo(404);
        assertThat(ACCOUNTS.as(stranger, "GET", ORGS, "").text()).isEqualTo("[]");
        assertThat(ACCOUNTS.control().send("nobody", "GET", ORGS, "").status()).isEqualTo(401);
        assertThat(ACCOUNTS.control().send("admin", "GET", ORGS, "").status()).isEqualTo(403);
    }
}
