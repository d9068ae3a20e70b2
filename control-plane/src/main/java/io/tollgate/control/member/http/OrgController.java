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
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.account.http.UserView;
import io.tollgate.control.member.ActingAs;
import io.tollgate.control.member.Member;
import io.tollgate.control.member.Team;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.organization.Slug;
import io.tollgate.control.organization.UserOrganizations;
import io.tollgate.control.organization.UserOrganizations.Joined;
import io.tollgate.control.organization.UserOrganizations.Outcome;
import io.tollgate.control.session.Membership;
import io.tollgate.control.session.Sessions;
import io.tollgate.http.Answers;
import io.tollgate.http.BodyFields;
import io.tollgate.http.JsonBody;
import io.tollgate.http.RequestActor;
import java.time.InstantSource;
import java.util.Optional;

/// Organizations as their members manage them, under `/api/orgs`. An organization that the user is no member of is as
/// unknown as one that does not exist.
@Controller("/api/orgs")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class OrgController {
    private static final String INVALID = "Invalid request body";
    private static final String FREE = "free";

    private final UserOrganizations organizations;
    private final Team team;
    private final Sessions sessions;
    private final InstantSource clock;

    public OrgController(UserOrganizations organizations, Team team, Sessions sessions, InstantSource clock) {
        this.organizations = organizations;
        this.team = team;
        this.sessions = sessions;
        this.clock = clock;
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        organizations.of(Authority.user(Answers.principal(request))).forEach(joined -> list.add(view(joined)));
        return Answers.json(HttpStatus.OK, list);
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        UserId userId = Authority.user(Answers.principal(request));
        BodyFields fields = fields(request);
        fields.require("name");
        Optional<String> name = name(fields);
        Optional<Slug> slug = fields.text(Slug::of, "slug");
        fields.requireRight();
        Outcome outcome = organizations.create(
                RequestActor.of(request),
                userId,
                name.orElseThrow(),
                slug.orElseGet(() -> Slug.suggested(name.orElseThrow(), clock.instant())));
        return answer(HttpStatus.CREATED, outcome);
    }

    @Patch("/{orgId}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> rename(HttpRequest<byte[]> request, String orgId) {
        Membership membership = membership(request, orgId, MemberRole.ADMIN);
        BodyFields fields = fields(request);
        Optional<String> name = name(fields);
        Optional<Slug> slug = fields.text(Slug::of, "slug");
        fields.requireRight();
        Outcome outcome = organizations.rename(
                RequestActor.of(request),
                Authority.user(Answers.principal(request)),
                membership.organizationId(),
                name,
                slug);
        return answer(HttpStatus.OK, outcome);
    }

    private static BodyFields fields(HttpRequest<byte[]> request) {
        return new BodyFields(JsonBody.businessObject(request, INVALID));
    }

    private static Optional<String> name(BodyFields fields) {
        return fields.text(
                text -> {
                    OrganizationDraft.requireName(text);
                    return text;
                },
                "name");
    }

    private static HttpResponse<byte[]> answer(HttpStatus status, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Done done -> Answers.json(status, view(done.organization()));
            case Outcome.SlugTaken taken -> throw Problem.of(ErrorCode.SLUG_TAKEN, "Slug already taken");
            case Outcome.Unknown unknown -> throw unknown();
            case Outcome.TooMany tooMany ->
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "A user makes at most " + UserOrganizations.OWNED_MAX + " organizations.");
        };
    }

    @Get("/{orgId}/members")
    HttpResponse<byte[]> members(HttpRequest<?> request, String orgId) {
        Membership membership = membership(request, orgId, MemberRole.VIEWER);
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        team.members(membership.organizationId()).forEach(member -> list.add(view(member)));
        return Answers.json(HttpStatus.OK, list);
    }

    @Patch("/{orgId}/members/{memberId}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> setRole(HttpRequest<byte[]> request, String orgId, String memberId) {
        Membership membership = membership(request, orgId, MemberRole.ADMIN);
        MemberRole role = new TeamBody(request).role();
        Member member = TeamProblems.done(
                team.setRole(
                        RequestActor.of(request),
                        new ActingAs.Person(Authority.user(Answers.principal(request))),
                        membership.organizationId(),
                        TeamProblems.memberId(memberId),
                        role),
                TeamProblems.DEMOTION);
        return Answers.json(HttpStatus.OK, view(member));
    }

    @Delete("/{orgId}/members/{memberId}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> remove(HttpRequest<?> request, String orgId, String memberId) {
        Membership membership = membership(request, orgId, MemberRole.ADMIN);
        Member member = TeamProblems.done(
                team.remove(
                        RequestActor.of(request),
                        new ActingAs.Person(Authority.user(Answers.principal(request))),
                        membership.organizationId(),
                        TeamProblems.memberId(memberId)),
                TeamProblems.REMOVAL);
        return Answers.json(HttpStatus.OK, view(member));
    }

    @Post("/{orgId}/leave")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> leave(HttpRequest<?> request, String orgId) {
        Membership membership = membership(request, orgId, MemberRole.VIEWER);
        Member member = TeamProblems.done(
                team.leave(
                        RequestActor.of(request),
                        membership.organizationId(),
                        Authority.user(Answers.principal(request))),
                TeamProblems.LEAVING);
        return Answers.json(HttpStatus.CREATED, view(member));
    }

    /// What the user is in the organization of the path.
    ///
    /// @param least role that the route takes
    private Membership membership(HttpRequest<?> request, String orgId, MemberRole least) {
        UserId userId = Authority.user(Answers.principal(request));
        Membership membership = sessions.memberships(userId, Optional.of(organizationId(orgId)), 1).stream()
                .findFirst()
                .orElseThrow(OrgController::unknown);
        if (!membership.role().atLeast(least)) {
            throw Problem.of(ErrorCode.FORBIDDEN, "Insufficient permissions");
        }
        return membership;
    }

    // An id that no organization can have is the id of none.
    private static OrganizationId organizationId(String orgId) {
        try {
            return new OrganizationId(orgId);
        } catch (IllegalArgumentException e) {
            throw unknown();
        }
    }

    private static Problem unknown() {
        return Problem.of(ErrorCode.NOT_FOUND, "Organization not found");
    }

    private static ObjectNode view(Joined joined) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", joined.id().value())
                .put("name", joined.name())
                .put("slug", joined.slug().orElse(null))
                .put("createdAt", joined.createdAt().toString())
                .put("updatedAt", joined.updatedAt().toString())
                .put("memberCount", joined.members())
                .put("plan", joined.planType().equals(FREE) ? null : joined.planType())
                .put("role", joined.role().name());
    }

    private static ObjectNode view(Member member) {
        ObjectNode view = JsonNodeFactory.instance
                .objectNode()
                .put("id", member.user().id().value());
        view.set("user", UserView.brief(member.user()));
        return view.put("role", member.role().name())
                .put("createdAt", member.createdAt().toString());
    }
}
