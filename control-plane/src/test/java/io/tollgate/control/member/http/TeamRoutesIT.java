package io.tollgate.control.member.http;

import static io.tollgate.control.fixture.TestAccounts.APP;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.access.Principal;
import io.tollgate.control.fixture.TestAccounts;
import io.tollgate.control.fixture.TestControl;
import io.tollgate.control.fixture.TestControl.Answer;
import io.tollgate.control.member.Team;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class TeamRoutesIT {
    private static final TestAccounts ACCOUNTS = new TestAccounts(Instant.parse("2026-11-22T10:00:00Z"));
    private static final TestControl CONTROL = ACCOUNTS.control();
    private static final String MEMBERS = "/api/v1/team/members";
    private static final String INVITATIONS = "/api/v1/team/invitations";

    @AfterAll
    static void stop() {
        ACCOUNTS.close();
    }

    private static String role(String word) {
        return "{\"role\":\"" + word + "\"}";
    }

    private static String inviting(String email, String role) {
        return "{\"email\":\"" + email + "\",\"role\":\"" + role + "\"}";
    }

    private static String told(Answer answer) {
        return answer.status() + " " + answer.json().path("code").asText() + " "
                + answer.json().path("message").asText();
    }

    private static List<String> roles(String session) {
        List<String> roles = new ArrayList<>();
        ACCOUNTS.as(session, "GET", MEMBERS, "")
                .json()
                .required("members")
                .forEach(member -> roles.add(member.required("role").textValue()));
        return roles;
    }

    @Test
    void userWhomAnOrganizationIsMadeForOwnsIt() {
        String owner = ACCOUNTS.signUp("first@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(owner);

        JsonNode member = ACCOUNTS.as(owner, "GET", MEMBERS, "").json().at("/members/0");

        assertThat(member.required("id").textValue()).isEqualTo(ACCOUNTS.userId(owner));
        assertThat(member.required("role").textValue()).isEqualTo("owner");
        assertThat(member.required("user").properties())
                .extracting(Map.Entry::getKey)
                .containsExactly("id", "name", "email", "image");
        assertThat(CONTROL.send(organization.value(), "GET", MEMBERS, "").text())
                .isEqualTo(ACCOUNTS.as(owner, "GET", MEMBERS, "").text());
    }

    @Test
    void organizationForNobodyIsMadeWithoutAnOwner() {
        for (String user : new String[] {"usr_00000000000000000000000000", "no\\nid"}) {
            Answer made = CONTROL.send(
                    "admin",
                    "POST",
                    "/api/v1/businesses",
                    "{\"business_name\":\"Acme\",\"email\":\"a@b.c\",\"user_id\":\"" + user + "\"}");

            assertThat(made.status()).isEqualTo(207);
            assertThat(made.json().required("error").textValue()).isEqualTo("Partial Success");
            String id = made.json().required("business_id").textValue();
            assertThat(CONTROL.send(id, "GET", MEMBERS, "").text()).isEqualTo("{\"members\":[]}");
        }
    }

    @Test
    void invitedUserBecomesAMemberByAccepting() {
        String owner = ACCOUNTS.signUp("inviter@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(owner);

        Answer invited = ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("Invited@Example.com", "ADMIN"));

        assertThat(invited.status()).as(invited.text()).isEqualTo(201);
        String url = invited.json().required("invite_url").textValue();
        assertThat(url).startsWith(APP + "/invite?token=");
        assertThat(invited.json().required("email").textValue()).isEqualTo("invited@example.com");
        assertThat(invited.json().required("role").textValue()).isEqualTo("admin");
        assertThat(ACCOUNTS.takeMails("invited@example.com"))
                .singleElement()
                .satisfies(mail -> assertThat(mail.text()).contains(url, "Acme"));
        assertThat(ACCOUNTS.as(owner, "GET", INVITATIONS, "").text())
                .contains("invited@example.com")
                .doesNotContain(TestAccounts.token(url));
        String user = ACCOUNTS.signUp("invited@example.com");
        Answer accepted = ACCOUNTS.accept(user, TestAccounts.token(url));
        assertThat(accepted.text())
                .isEqualTo("{\"organization_id\":\"" + organization
                        + "\",\"org_slug\":null,\"org_name\":\"Acme\",\"already_member\":false}");
        assertThat(roles(user)).containsExactly("owner", "admin");
        assertThat(ACCOUNTS.as(owner, "GET", INVITATIONS, "").text()).isEqualTo("{\"invitations\":[]}");
        assertThat(told(ACCOUNTS.accept(user, TestAccounts.token(url))))
                .isEqualTo("404 NOT_FOUND Invitation not found or expired");
        assertThat(CONTROL.texts(
                        organization,
                        "SELECT action || ' ' || resource_type FROM audit_logs WHERE organization_id = :id"
                                + " ORDER BY created_at"))
                .containsExactly("create_business business", "invite_member invitation", "accept_invitation member");
    }

    @Test
    void invitationIsForItsAddressAndItsTime() {
        String owner = ACCOUNTS.signUp("strict@example.com");
        ACCOUNTS.ownedBy(owner);
        String token =
                TestAccounts.token(ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("meant@example.com", "member"))
                        .text());
        String another = ACCOUNTS.signUp("another-one@example.com");

        assertThat(told(ACCOUNTS.accept(another, token)))
                .isEqualTo("403 FORBIDDEN This invitation was sent to a different email address");
        assertThat(ACCOUNTS.accept(another, "nonsense").status()).isEqualTo(404);
        CONTROL.pass(Duration.ofDays(6));
        String meant = ACCOUNTS.signUp("meant@example.com");
        CONTROL.pass(Duration.ofDays(1));
        assertThat(told(ACCOUNTS.accept(meant, token))).isEqualTo("400 INVALID_TOKEN This invitation has expired");
        assertThat(CONTROL.exchange("nobody", "POST", INVITATIONS + "/accept", "{}")
                        .statusCode())
                .isEqualTo(401);
        assertThat(CONTROL.send("admin", "POST", INVITATIONS + "/accept", "{}").status())
                .isEqualTo(403);
    }

    @Test
    void invitationIsSentAgainWithAnotherLinkAndTakenBack() {
        String owner = ACCOUNTS.signUp("again@example.com");
        ACCOUNTS.ownedBy(owner);
        Answer first = ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("slow@example.com", "viewer"));
        String path = INVITATIONS + "/" + first.json().required("id").textValue();
        assertThat(ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("slow@example.com", "viewer"))
                        .status())
                .isEqualTo(409);
        CONTROL.pass(Duration.ofDays(6));

        Answer second = ACCOUNTS.as(owner, "POST", path + "/resend", "");

        assertThat(second.status()).as(second.text()).isEqualTo(200);
        assertThat(second.json().required("id")).isEqualTo(first.json().required("id"));
        assertThat(Instant.parse(second.json().required("expires_at").textValue()))
                .isAfter(Instant.parse(first.json().required("expires_at").textValue())
                        .plus(Duration.ofDays(5)));
        String user = ACCOUNTS.signUp("slow@example.com");
        assertThat(ACCOUNTS.accept(user, TestAccounts.token(first.text())).status())
                .isEqualTo(404);
        assertThat(ACCOUNTS.as(owner, "DELETE", path, "").status()).isEqualTo(200);
        assertThat(ACCOUNTS.accept(user, TestAccounts.token(second.text())).status())
                .isEqualTo(404);
        assertThat(ACCOUNTS.as(owner, "DELETE", path, "").status()).isEqualTo(404);
        assertThat(ACCOUNTS.as(owner, "POST", path + "/resend", "").status()).isEqualTo(404);
    }

    @Test
    void rolesDoWhatTheyMay() {
        String owner = ACCOUNTS.signUp("boss@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(owner);
        String admin = ACCOUNTS.joining(owner, organization, "boss-admin@example.com", "admin");
        String member = ACCOUNTS.joining(owner, organization, "boss-member@example.com", "member");
        String viewer = ACCOUNTS.joining(owner, organization, "boss-viewer@example.com", "viewer");
        String ownerPath = MEMBERS + "/" + ACCOUNTS.userId(owner);
        String viewerPath = MEMBERS + "/" + ACCOUNTS.userId(viewer);

        for (String reader : List.of(owner, admin, member, viewer)) {
            assertThat(ACCOUNTS.as(reader, "GET", MEMBERS, "").status()).isEqualTo(200);
            assertThat(ACCOUNTS.as(reader, "GET", INVITATIONS, "").status()).isEqualTo(200);
        }
        for (String powerless : List.of(member, viewer)) {
            assertThat(told(ACCOUNTS.as(powerless, "PATCH", viewerPath, role("admin"))))
                    .startsWith("403 INSUFFICIENT_PERMISSION");
            assertThat(ACCOUNTS.as(powerless, "DELETE", viewerPath, "").status())
                    .isEqualTo(403);
            assertThat(ACCOUNTS.as(powerless, "POST", INVITATIONS, inviting("x@example.com", "viewer"))
                            .status())
                    .isEqualTo(403);
        }
        for (String adminLike : List.of("session", "key")) {
            assertThat(asAdmin(adminLike, admin, organization, "PATCH", ownerPath, role("admin")))
                    .isEqualTo(403);
            assertThat(asAdmin(adminLike, admin, organization, "DELETE", ownerPath, ""))
                    .isEqualTo(403);
            assertThat(asAdmin(adminLike, admin, organization, "PATCH", viewerPath, role("owner")))
                    .isEqualTo(403);
            assertThat(asAdmin(adminLike, admin, organization, "POST", INVITATIONS, inviting("y@example.com", "owner")))
                    .isEqualTo(403);
            assertThat(asAdmin(adminLike, admin, organization, "PATCH", viewerPath, role("member")))
                    .isEqualTo(200);
        }
        assertThat(ACCOUNTS.as(owner, "PATCH", viewerPath, role("owner")).status())
                .isEqualTo(200);
        assertThat(ACCOUNTS.as(owner, "PATCH", viewerPath, role("emperor")).status())
                .isEqualTo(400);
        assertThat(ACCOUNTS.as(owner, "DELETE", viewerPath, "").status()).isEqualTo(200);
        assertThat(ACCOUNTS.as(viewer, "GET", MEMBERS, "").status())
                .as("membership is gone with the next request")
                .isEqualTo(400);
        assertThat(ACCOUNTS.as(owner, "DELETE", viewerPath, "").status()).isEqualTo(404);
    }

    private static int asAdmin(
            String how, String session, OrganizationId organization, String method, String path, String body) {
        return how.equals("key")
                ? CONTROL.send(organization.value(), method, path, body).status()
                : ACCOUNTS.as(session, method, path, body).status();
    }

    /// A key of little power must not become one of all by letting somebody in.
    @Test
    void scopedKeyGivesNoRoleThatMayMoreThanItself() {
        String owner = ACCOUNTS.signUp("scoped-owner@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(owner);
        String scoped = "scoped:" + organization + "/keys:write,usage:read,customers:read,billing:read,analytics:read";

        assertThat(CONTROL.send(scoped, "POST", INVITATIONS, inviting("v@example.com", "viewer"))
                        .status())
                .isEqualTo(201);
        assertThat(CONTROL.send(scoped, "POST", INVITATIONS, inviting("a@example.com", "admin"))
                        .code())
                .isEqualTo("INSUFFICIENT_PERMISSION");
        Answer byOwner = ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("b@example.com", "admin"));
        assertThat(CONTROL.send(
                                scoped,
                                "POST",
                                INVITATIONS + "/"
                                        + byOwner.json().required("id").textValue() + "/resend",
                                "")
                        .code())
                .isEqualTo("INSUFFICIENT_PERMISSION");
        assertThat(CONTROL.send("reader:" + organization, "GET", MEMBERS, "").status())
                .isEqualTo(403);
        assertThat(CONTROL.send("tenant:" + organization, "GET", MEMBERS, "").status())
                .isEqualTo(403);
    }

    @Test
    void nobodyButAnOwnerTakesBackWhatInvitesAnOwner() {
        String owner = ACCOUNTS.signUp("offering@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(owner);
        String admin = ACCOUNTS.joining(owner, organization, "offering-admin@example.com", "admin");
        String path = INVITATIONS
                + "/"
                + ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("heir@example.com", "owner"))
                        .json()
                        .required("id")
                        .textValue();

        for (String adminLike : List.of("session", "key")) {
            assertThat(asAdmin(adminLike, admin, organization, "DELETE", path, ""))
                    .isEqualTo(403);
        }
        assertThat(ACCOUNTS.as(owner, "DELETE", path, "").status()).isEqualTo(200);
    }

    /// A request may wait for its body, or for its turn, for longer than its sender's role lasts.
    @Test
    void roleThatIsTakenAwayMeanwhileChangesNothing() throws Exception {
        String owner = ACCOUNTS.signUp("meanwhile@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(owner);
        String admin = ACCOUNTS.joining(owner, organization, "meanwhile-admin@example.com", "admin");
        String viewer = ACCOUNTS.joining(owner, organization, "meanwhile-viewer@example.com", "viewer");
        String invitation = INVITATIONS
                + "/"
                + ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("waiting@example.com", "viewer"))
                        .json()
                        .required("id")
                        .textValue();
        String member = MEMBERS + "/" + ACCOUNTS.userId(viewer);
        String org = "/api/orgs/" + organization + "/members/" + ACCOUNTS.userId(viewer);

        assertThat(demoted(admin, organization, "POST", INVITATIONS, inviting("friend@example.com", "admin")))
                .isEqualTo("403 FORBIDDEN Insufficient permissions");
        assertThat(demoted(admin, organization, "POST", invitation + "/resend", ""))
                .startsWith("403");
        assertThat(demoted(admin, organization, "DELETE", invitation, "")).startsWith("403");
        assertThat(demoted(admin, organization, "PATCH", member, role("admin"))).startsWith("403");
        assertThat(demoted(admin, organization, "DELETE", member, "")).startsWith("403");
        assertThat(demoted(admin, organization, "PATCH", org, role("ADMIN"))).startsWith("403");
        Answer removed = overtaken(admin, organization, "DELETE FROM members WHERE user_id = ?", "DELETE", member, "");
        assertThat(removed.status()).as(removed.text()).isEqualTo(403);
        assertThat(roles(owner)).containsExactly("owner", "viewer");
    }

    private static String demoted(String admin, OrganizationId organization, String method, String path, String body)
            throws Exception {
        Answer answer = overtaken(
                admin, organization, "UPDATE members SET role = 'MEMBER' WHERE user_id = ?", method, path, body);
        CONTROL.jdbi()
                .useHandle(handle ->
                        handle.execute("UPDATE members SET role = 'ADMIN' WHERE user_id = ?", ACCOUNTS.userId(admin)));
        return told(answer);
    }

    // What a request is answered whose sender's membership changes while it waits for its turn.
    private static Answer overtaken(
            String session, OrganizationId organization, String change, String method, String path, String body)
            throws Exception {
        String userId = ACCOUNTS.userId(session);
        return CONTROL.overtaken(
                handle -> handle.execute("SELECT FROM organizations WHERE id = ? FOR UPDATE", organization.value()),
                handle -> handle.execute(change, userId),
                () -> ACCOUNTS.as(session, method, path, body));
    }

    @Test
    void invitationsFillNoMailbox() throws Exception {
        String one = ACCOUNTS.signUp("spam-one@example.com");
        ACCOUNTS.ownedBy(one);
        String two = ACCOUNTS.signUp("spam-two@example.com");
        ACCOUNTS.ownedBy(two);
        Queue<String> sessions = new ConcurrentLinkedQueue<>(List.of(one, two, one, two, one, two, one, two));
        String first = invited(one, "victim@example.com");
        String second = invited(two, "victim@example.com");

        List<Integer> statuses = TestControl.concurrently(8, () -> {
            String session = sessions.remove();
            return ACCOUNTS.as(session, "POST", (session.equals(one) ? first : second) + "/resend", "")
                    .status();
        });

        assertThat(statuses).containsExactlyInAnyOrder(200, 200, 200, 429, 429, 429, 429, 429);
        assertThat(ACCOUNTS.takeMails("victim@example.com")).hasSize(Team.MAILS_TO_ADDRESS_MAX);
        assertThat(ACCOUNTS.as(one, "DELETE", first, "").status()).isEqualTo(200);
        HttpResponse<String> anew = CONTROL.exchange(
                "nobody",
                "POST",
                INVITATIONS,
                inviting("victim@example.com", "viewer"),
                "Authorization",
                "Bearer " + one);
        assertThat(told(new Answer(anew.statusCode(), anew.body())))
                .startsWith("429 RATE_LIMIT_EXCEEDED Too many invitations were mailed to this address");
        assertThat(Integer.parseInt(anew.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(3_500, 3_601);
        assertThat(ACCOUNTS.as(one, "GET", INVITATIONS, "").text()).isEqualTo("{\"invitations\":[]}");
        CONTROL.pass(Duration.ofHours(1));
        invited(one, "victim@example.com");
    }

    private static String invited(String session, String email) {
        Answer invited = ACCOUNTS.as(session, "POST", INVITATIONS, inviting(email, "viewer"));
        assertThat(invited.status()).as(invited.text()).isEqualTo(201);
        return INVITATIONS + "/" + invited.json().required("id").textValue();
    }

    @Test
    void organizationMailsSoManyInvitationsInAnHour() {
        String owner = ACCOUNTS.signUp("mass@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(owner);
        invited(owner, "mass-first@example.com");
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute("""
                        INSERT INTO invitation_mails (organization_id, email, mailed_at)
                        SELECT organization_id, 'mass' || n || '@example.com', mailed_at
                        FROM invitation_mails, generate_series(1, ?) n WHERE organization_id = ?
                        """, Team.MAILS_OF_ORGANIZATION_MAX - 2, organization.value()));
        invited(owner, "mass-last@example.com");

        assertThat(ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("mass-late@example.com", "viewer"))
                        .code())
                .isEqualTo("RATE_LIMIT_EXCEEDED");
        CONTROL.pass(Duration.ofHours(1));
        invited(owner, "mass-late@example.com");
    }

    @Test
    void expiredInvitationIsNotRenewedBeyondWhatAnOrganizationMayHave() {
        String owner = ACCOUNTS.signUp("full@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(owner);
        String expired = invited(owner, "full-expired@example.com");
        CONTROL.pass(Duration.ofDays(6));
        assertThat(roles(owner)).as("the session is kept").containsExactly("owner");
        CONTROL.pass(Duration.ofDays(1));
        String live = invited(owner, "full-live@example.com");
        CONTROL.jdbi().useHandle(handle -> handle.execute("""
                        INSERT INTO invitations
                        SELECT gen_random_uuid(), organization_id, 'full' || n || '@example.com', role,
                               sha256(('full' || n)::bytea), created_at, expires_at
                        FROM invitations, generate_series(1, ?) n
                        WHERE organization_id = ? AND email = 'full-live@example.com'
                        """, Team.PEOPLE_MAX - 2, organization.value()));

        assertThat(ACCOUNTS.as(owner, "POST", expired + "/resend", "").code()).isEqualTo("INVALID_STATE");
        assertThat(ACCOUNTS.as(owner, "POST", live + "/resend", "").status()).isEqualTo(200);
        assertThat(ACCOUNTS.as(owner, "DELETE", live, "").status()).isEqualTo(200);
        assertThat(ACCOUNTS.as(owner, "POST", expired + "/resend", "").status()).isEqualTo(200);
    }

    @Test
    void lastOwnerStays() {
        String owner = ACCOUNTS.signUp("last@example.com");
        ACCOUNTS.ownedBy(owner);
        String path = MEMBERS + "/" + ACCOUNTS.userId(owner);

        assertThat(told(ACCOUNTS.as(owner, "PATCH", path, role("admin"))))
                .isEqualTo("400 LAST_OWNER Cannot demote the last owner. Promote another member first.");
        assertThat(told(ACCOUNTS.as(owner, "DELETE", path, "")))
                .isEqualTo("400 LAST_OWNER Cannot remove the last owner.");
        assertThat(roles(owner)).containsExactly("owner");
    }

    @Test
    void twoOwnersWhoDemoteOrRemoveEachOtherAtOnceLeaveOne() throws Exception {
        String one = ACCOUNTS.signUp("duel-one@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(one);
        String two = ACCOUNTS.joining(one, organization, "duel-two@example.com", "owner");
        String onePath = MEMBERS + "/" + ACCOUNTS.userId(one);
        String twoPath = MEMBERS + "/" + ACCOUNTS.userId(two);
        for (int round = 0; round < 10; round++) {
            boolean removing = round == 9;
            CyclicBarrier together = new CyclicBarrier(2);
            Queue<String> victims = new ConcurrentLinkedQueue<>(List.of(onePath, twoPath));
            List<Integer> statuses = TestControl.concurrently(2, () -> {
                String victim = victims.remove();
                String actor = victim.equals(onePath) ? two : one;
                together.await();
                return removing
                        ? ACCOUNTS.as(actor, "DELETE", victim, "").status()
                        : ACCOUNTS.as(actor, "PATCH", victim, role("admin")).status();
            });

            List<String> owners = CONTROL.texts(
                    organization, "SELECT user_id FROM members WHERE organization_id = :id AND role = 'OWNER'");
            assertThat(owners).as("round %s: %s", round, statuses).hasSize(1);
            assertThat(statuses).containsOnlyOnce(200);
            CONTROL.jdbi()
                    .useHandle(handle -> handle.execute(
                            "UPDATE members SET role = 'OWNER' WHERE organization_id = ?", organization.value()));
        }
    }

    @Test
    void invitationThatIsAcceptedTwiceAtOnceMakesOneMember() throws Exception {
        String owner = ACCOUNTS.signUp("double@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(owner);
        String token =
                TestAccounts.token(ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("eager@example.com", "member"))
                        .text());
        String user = ACCOUNTS.signUp("eager@example.com");

        List<Integer> statuses =
                TestControl.concurrently(4, () -> ACCOUNTS.accept(user, token).status());

        assertThat(statuses).containsExactlyInAnyOrder(200, 404, 404, 404);
        assertThat(roles(owner)).containsExactly("owner", "member");
        assertThat(CONTROL.texts(
                        organization,
                        "SELECT action FROM audit_logs WHERE organization_id = :id AND action = 'accept_invitation'"))
                .hasSize(1);
    }

    /// By accepting, a user of no organization becomes a member of one; the repetition is still the same user's.
    @Test
    void acceptingIsRepeatedUnderTheSameIdempotencyKey() {
        String owner = ACCOUNTS.signUp("repeated@example.com");
        ACCOUNTS.ownedBy(owner);
        String token =
                TestAccounts.token(ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("repeating@example.com", "member"))
                        .text());
        String user = ACCOUNTS.signUp("repeating@example.com");
        String[] headers = {"Authorization", "Bearer " + user, "Idempotency-Key", "accept-once"};
        String body = "{\"token\":\"" + token + "\"}";

        HttpResponse<String> first = CONTROL.exchange("nobody", "POST", INVITATIONS + "/accept", body, headers);
        HttpResponse<String> second = CONTROL.exchange("nobody", "POST", INVITATIONS + "/accept", body, headers);

        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        assertThat(second.statusCode()).as(second.body()).isEqualTo(200);
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(second.headers().firstValue("Idempotent-Replay")).contains("true");
    }

    @Test
    void membersAreNotInvitedAndAcceptingTwiceKeepsTheRole() {
        String owner = ACCOUNTS.signUp("member-already@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(owner);

        assertThat(told(ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("MEMBER-already@example.com", "viewer"))))
                .isEqualTo("409 ALREADY_EXISTS User is already a member of this organization");
        String token =
                TestAccounts.token(ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("joined@example.com", "viewer"))
                        .text());
        String joined = ACCOUNTS.signUp("joined@example.com");
        CONTROL.jdbi()
                .useHandle(handle -> handle.execute(
                        "INSERT INTO members (organization_id, user_id, role, created_at, updated_at)"
                                + " VALUES (?, ?, 'ADMIN', now(), now())",
                        organization.value(),
                        ACCOUNTS.userId(joined)));
        assertThat(ACCOUNTS.accept(joined, token)
                        .json()
                        .required("already_member")
                        .booleanValue())
                .isTrue();
        assertThat(roles(joined)).contains("admin").doesNotContain("viewer");
    }

    @Test
    void foreignersSeeAndChangeNothing() {
        String owner = ACCOUNTS.signUp("home@example.com");
        OrganizationId organization = ACCOUNTS.ownedBy(owner);
        Answer invited = ACCOUNTS.as(owner, "POST", INVITATIONS, inviting("guest@example.com", "viewer"));
        String invitation = INVITATIONS + "/" + invited.json().required("id").textValue();
        String member = MEMBERS + "/" + ACCOUNTS.userId(owner);
        String stranger = ACCOUNTS.signUp("stranger@example.org");
        ACCOUNTS.ownedBy(stranger);

        for (String path : List.of(invitation, member)) {
            assertThat(ACCOUNTS.as(stranger, "DELETE", path, "").status()).isEqualTo(404);
        }
        assertThat(ACCOUNTS.as(stranger, "PATCH", member, role("viewer")).status())
                .isEqualTo(404);
        assertThat(ACCOUNTS.as(stranger, "POST", invitation + "/resend", "").status())
                .isEqualTo(404);
        Stream.of(MEMBERS, INVITATIONS)
                .forEach(path -> assertThat(ACCOUNTS.as(stranger, organization, "GET", path, "")
                                .code())
                        .isEqualTo("ORGANIZATION_MISMATCH"));
        assertThat(roles(owner)).containsExactly("owner");
    }

    @Test
    void oneOfSeveralOrganizationsIsNamed() {
        String owner = ACCOUNTS.signUp("several@example.com");
        OrganizationId one = ACCOUNTS.ownedBy(owner);
        OrganizationId two = ACCOUNTS.ownedBy(owner);

        assertThat(ACCOUNTS.as(owner, "GET", MEMBERS, "").code()).isEqualTo("ORGANIZATION_REQUIRED");
        assertThat(ACCOUNTS.as(owner, two, "GET", MEMBERS, "").status()).isEqualTo(200);
        CONTROL.send("admin", "DELETE", "/api/v1/businesses/" + one, "");
        assertThat(ACCOUNTS.as(owner, "GET", MEMBERS, "").status()).isEqualTo(200);
        assertThat(ACCOUNTS.as(owner, one, "GET", MEMBERS, "").code()).isEqualTo("ORGANIZATION_MISMATCH");
    }

    @Test
    void accessTokenStandsForTheSessionInOneOrganization() {
        String owner = ACCOUNTS.signUp("token@example.com");
        OrganizationId one = ACCOUNTS.ownedBy(owner);
        UserId userId = new UserId(ACCOUNTS.userId(owner));
        String path = "/api/v1/access-tokens";

        Answer made = ACCOUNTS.as(owner, "POST", path, "");

        assertThat(made.status()).as(made.text()).isEqualTo(201);
        assertThat(ACCOUNTS.tokens()
                        .read(
                                made.json().required("token").textValue(),
                                CONTROL.changes().now()))
                .contains(new Principal.Member(userId, one, MemberRole.OWNER));
        assertThat(Instant.parse(made.json().required("expires_at").textValue()))
                .isBefore(CONTROL.changes().now().plusSeconds(301));
        OrganizationId two = ACCOUNTS.ownedBy(owner);
        assertThat(ACCOUNTS.as(owner, "POST", path, "").code()).isEqualTo("ORGANIZATION_REQUIRED");
        assertThat(ACCOUNTS.tokens()
                        .read(
                                ACCOUNTS.as(owner, "POST", path, "{\"organization_id\":\"" + two + "\"}")
                                        .json()
                                        .required("token")
                                        .textValue(),
                                CONTROL.changes().now()))
                .contains(new Principal.Member(userId, two, MemberRole.OWNER));
        OrganizationId foreign = ACCOUNTS.ownedBy(ACCOUNTS.signUp("token-stranger@example.com"));
        assertThat(ACCOUNTS.as(owner, "POST", path, "{\"organization_id\":\"" + foreign + "\"}")
                        .code())
                .isEqualTo("ORGANIZATION_MISMATCH");
        assertThat(CONTROL.send(one.value(), "POST", path, "").status()).isEqualTo(403);
        assertThat(CONTROL.send("nobody", "POST", path, "").status()).isEqualTo(401);
    }
}
