package io.tollgate.control.session.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.session.AccessTokens;
import io.tollgate.control.session.Membership;
import io.tollgate.control.session.Sessions;
import io.tollgate.http.Answers;
import io.tollgate.http.BodyFields;
import io.tollgate.http.JsonBody;
import java.time.InstantSource;
import java.util.Optional;

/// Access tokens, at `/api/v1/access-tokens`: what a page with a session shows to gateways.
@Controller("/api/v1/access-tokens")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class AccessTokenController {
    private static final String INVALID = "Invalid request body";

    private final Optional<AccessTokens> tokens;
    private final Sessions sessions;
    private final InstantSource clock;

    /// @param tokens empty where other instances could not check them
    public AccessTokenController(Optional<AccessTokens> tokens, Sessions sessions, InstantSource clock) {
        this.tokens = tokens;
        this.sessions = sessions;
        this.clock = clock;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> issue(HttpRequest<byte[]> request) {
        Principal principal = Answers.principal(request);
        UserId userId = Authority.user(principal);
        Principal.Member member = member(principal, userId, named(request));
        AccessTokens.Issued issued = tokens.orElseThrow(() -> Problem.of(
                        ErrorCode.NOT_CONFIGURED,
                        "TOLLGATE_RECEIPT_KEY is not set, so other instances could not check the token."))
                .issue(member, clock.instant());
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("token", issued.token())
                .put("expires_at", issued.expiresAt().toString());
        return Answers.secret(Answers.json(HttpStatus.CREATED, body));
    }

    private Principal.Member member(Principal principal, UserId userId, Optional<OrganizationId> named) {
        Principal acting = named.map(
                        told -> Membership.acting(userId, named, sessions.memberships(userId, Optional.of(told), 1)))
                .orElse(principal);
        // Raises what is wrong where it is no member: every role may read usage.
        Authority.organization(acting, Permission.USAGE_READ);
        return (Principal.Member) acting;
    }

    private static Optional<OrganizationId> named(HttpRequest<byte[]> request) {
        if (request.getBody().orElse(new byte[0]).length == 0) {
            return Optional.empty();
        }
        BodyFields fields = new BodyFields(JsonBody.object(request, INVALID, INVALID));
        Optional<OrganizationId> named = fields.text(OrganizationId::new, "organization_id");
        fields.requireRight();
        return named;
    }
}
