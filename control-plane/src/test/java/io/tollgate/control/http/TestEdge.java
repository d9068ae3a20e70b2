package io.tollgate.control.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.Problem;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;

/// Stands in for the server around the routes: the header `Principal` says who calls.
@ServerFilter("/**")
public final class TestEdge {
    @RequestFilter
    void name(HttpRequest<?> request) {
        String who = request.getHeaders().getFirst("Principal").orElse("nobody");
        Principal principal = switch (who) {
            case "admin" -> new Principal.Admin();
            case "nobody" -> new Principal.Nobody("Invalid API key");
            default -> new Principal.Organization(new OrganizationId(who), "test");
        };
        request.setAttribute(Authority.PRINCIPAL_ATTRIBUTE, principal);
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
            var answer = HttpResponse.<byte[]>status(problem.code().status(), problem.error())
                    .body(body.toString().getBytes(StandardCharsets.UTF_8))
                    .contentType(MediaType.APPLICATION_JSON_TYPE);
            return problem.retryAfterSeconds() > 0
                    ? answer.header("Retry-After", Integer.toString(problem.retryAfterSeconds()))
                    : answer;
        }
    }
}
