package io.tollgate.control.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.Problem;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/// Stands in for the server around the routes: the header `Principal` says who calls: `admin`, `nobody`, an
/// organization's
/// id, `reader:` and such an id for a key that only reads, `tenant:` and such an id for a key of the tenant `t1`,
/// `scoped:` and such an id, a slash and permissions for a key with these.
@ServerFilter("/**")
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class TestEdge {
    @RequestFilter
    void name(HttpRequest<?> request) {
        String who = request.getHeaders().getFirst("Principal").orElse("nobody");
        Principal principal = switch (who) {
            case "admin" -> new Principal.Admin();
            case "nobody" -> new Principal.Nobody("Invalid API key");
            default ->
                who.startsWith("reader:")
                        ? new Principal.Scoped(
                                new OrganizationId(who.substring("reader:".length())),
                                "reader",
                                Set.of(Permission.USAGE_READ))
                        : who.startsWith("scoped:")
                                ? scoped(who.substring("scoped:".length()))
                                : who.startsWith("tenant:")
                                        ? new Principal.Tenant(
                                                new OrganizationId(who.substring("tenant:".length())),
                                                new TenantId("t1"),
                                                "tenant")
                                        : new Principal.Organization(new OrganizationId(who), "test");
        };
        request.setAttribute(Authority.PRINCIPAL_ATTRIBUTE, principal);
    }

    private static Principal scoped(String text) {
        String[] parts = text.split("/", 2);
        Set<Permission> permissions = Arrays.stream(parts[1].split(",", -1))
                .map(word -> Permission.ofWord(word).orElseThrow())
                .collect(Collectors.toSet());
        return new Principal.Scoped(new OrganizationId(parts[0]), "scoped", permissions);
    }

    /// Writes problems as the catalogue has them.
    @Singleton
    public static final class Problems implements ExceptionHandler<Problem, HttpResponse<byte[]>> {
        private static final ObjectMapper JSON = new ObjectMapper();

        // Jackson cannot see into records of packages it does not know, but a map of strings is enough here.
        @Override
        @SuppressWarnings("rawtypes")
        public HttpResponse<byte[]> handle(HttpRequest request, Problem problem) {
            ObjectNode body = JSON.createObjectNode()
                    .put("error", problem.error())
                    .put("message", problem.message())
                    .put("code", problem.code().name());
            problem.details().ifPresent(details -> body.set("details", JSON.valueToTree(details)));
            problem.extras().forEach((member, value) -> body.set(member, JSON.valueToTree(value)));
            var answer = HttpResponse.<byte[]>status(problem.code().status(), problem.error())
                    .body(body.toString().getBytes(StandardCharsets.UTF_8))
                    .contentType(MediaType.APPLICATION_JSON_TYPE);
            return problem.retryAfterSeconds() > 0
                    ? answer.header("Retry-After", Integer.toString(problem.retryAfterSeconds()))
                    : answer;
        }
    }
}
