package io.tollgate.control.member.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.control.account.http.UserView;
import io.tollgate.control.member.Acceptance;
import io.tollgate.control.member.ActingAs;
import io.tollgate.control.member.Invitation;
import io.tollgate.control.member.InvitationOutcome;
import io.tollgate.control.member.Member;
import io.tollgate.control.member.Team;
import io.tollgate.http.Answers;
import io.tollgate.http.RequestActor;
import java.util.Locale;
import java.util.UUID;

/// The members of the caller's organization and who is invited, under `/api/v1/team`.
///
/// Keys act as an ADMIN does: reading takes `customers:read`, the permission to see people, and changing takes
/// `keys:write`, the permission to let somebody in. Nobody gives a role that may do more than its giver.
@Controller("/api/v1/team")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class TeamController {
    private static final Permission READS = Permission.CUSTOMERS_READ;
    private static final Permission WRITES = Permission.KEYS_WRITE;

    private final Team team;

    public TeamController(Team team) {
        this.team = team;
    }

    @Get("/members")
    HttpResponse<byte[]> members(HttpRequest<?> request) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), READS);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("members");
        team.members(organizationId).forEach(member -> list.add(view(member)));
        return Answers.json(HttpStatus.OK, body);
    }

    @Patch("/members/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> setRole(HttpRequest<byte[]> request, String id) {
        Principal principal = Answers.principal(request);
        OrganizationId organizationId = Authority.organization(principal, WRITES);
        MemberRole role = new TeamBody(request).role();
        Authority.grant(principal, role.permissions());
        Member member = TeamProblems.done(
                team.setRole(
                        RequestActor.of(request),
                        ActingAs.of(principal),
                        organizationId,
                        TeamProblems.memberId(id),
                        role),
                TeamProblems.DEMOTION);
        return Answers.json(HttpStatus.OK, view(member));
    }

    @Delete("/members/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> remove(HttpRequest<?> request, String id) {
        Principal principal = Answers.principal(request);
        OrganizationId organizationId = Authority.organization(principal, WRITES);
        Member member = TeamProblems.done(
                team.remove(
                        RequestActor.of(request), ActingAs.of(principal), organizationId, TeamProblems.memberId(id)),
                TeamProblems.REMOVAL);
        return Answers.json(HttpStatus.OK, view(member));
    }

    @Get("/invitations")
    HttpResponse<byte[]> invitations(HttpRequest<?> request) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), READS);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("invitations");
        team.invitations(organizationId).forEach(invitation -> list.add(view(invitation)));
        return Answers.secret(Answers.json(HttpStatus.OK, body));
    }

    @Post("/invitations")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> invite(HttpRequest<byte[]> request) {
        Principal principal = Answers.principal(request);
        OrganizationId organizationId = Authority.organization(principal, WRITES);
        TeamBody.Invited wanted = new TeamBody(request).invited();
        Authority.grant(principal, wanted.role().permissions());
        InvitationOutcome outcome = team.invite(
                RequestActor.of(request), ActingAs.of(principal), organizationId, wanted.email(), wanted.role(), false);
        return invited(HttpStatus.CREATED, outcome);
    }

    @Post("/invitations/{id}/resend")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> resend(HttpRequest<?> request, String id) {
        Principal principal = Answers.principal(request);
        OrganizationId organizationId = Authority.organization(principal, WRITES);
        Invitation before = team.invitation(organizationId, uuid(id)).orElseThrow(TeamProblems::noInvitation);
        // The caller learns the link to this role.
        Authority.grant(principal, before.role().permissions());
        InvitationOutcome outcome =
                team.resend(RequestActor.of(request), ActingAs.of(principal), organizationId, before.id());
        return invited(HttpStatus.OK, outcome);
    }

    private static HttpResponse<byte[]> invited(HttpStatus status, InvitationOutcome outcome) {
        InvitationOutcome.Invited invited = TeamProblems.invited(outcome);
        return Answers.secret(Answers.json(status, view(invited.invitation()).put("invite_url", invited.link())));
    }

    @Delete("/invitations/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> revoke(HttpRequest<?> request, String id) {
        Principal principal = Answers.principal(request);
        OrganizationId organizationId = Authority.organization(principal, WRITES);
        Invitation revoked = TeamProblems.revoked(
                team.revoke(RequestActor.of(request), ActingAs.of(principal), organizationId, uuid(id)));
        return Answers.secret(Answers.json(HttpStatus.OK, view(revoked)));
    }

    @Post("/invitations/accept")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> accept(HttpRequest<byte[]> request) {
        UserId userId = Authority.user(Answers.principal(request));
        Acceptance.Accepted accepted = TeamProblems.accepted(team.accept(
                RequestActor.of(request),
                userId,
                new TeamBody(request).token().orElseThrow(TeamProblems::unknownToken)));
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("organization_id", accepted.organizationId().value())
                .put("org_slug", accepted.slug().orElse(null))
                .put("org_name", accepted.name())
                .put("already_member", accepted.alreadyMember());
        return Answers.json(HttpStatus.OK, body);
    }

    private static ObjectNode view(Member member) {
        ObjectNode view = JsonNodeFactory.instance
                .objectNode()
                .put("id", member.user().id().value());
        view.set("user", UserView.brief(member.user()));
        return view.put("role", word(member.role()))
                .put("created_at", member.createdAt().toString());
    }

    private static ObjectNode view(Invitation invitation) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", invitation.id().toString())
                .put("email", invitation.email().value())
                .put("role", word(invitation.role()))
                .put("created_at", invitation.createdAt().toString())
                .put("expires_at", invitation.expiresAt().toString());
    }

    private static String word(MemberRole role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    // An id that no invitation can have is the id of none.
    private static UUID uuid(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw TeamProblems.noInvitation();
        }
    }
}
