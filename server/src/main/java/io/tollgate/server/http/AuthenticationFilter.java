package io.tollgate.server.http;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Principal;
import org.jspecify.annotations.Nullable;

/// Leaves the principal of every request under its API. Routes decide what that principal may do.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class AuthenticationFilter implements Ordered {
    private final Authentication authentication;
    private final ClientAddress clients;

    AuthenticationFilter(Authentication authentication, ClientAddress clients) {
        this.authentication = authentication;
        this.clients = clients;
    }

    @RequestFilter
    void authenticate(HttpRequest<?> request) {
        if (!ApiPaths.isGuarded(request.getPath())) {
            return;
        }
        @Nullable String adminKey = request.getHeaders().get("X-Admin-Key");
        @Nullable String authorization = request.getHeaders().get("Authorization");
        Principal principal = authentication.principal(
                adminKey, authorization, () -> clients.of(request), () -> RouteRoles.ofGateway(request));
        request.setAttribute(Authority.PRINCIPAL_ATTRIBUTE, principal);
    }

    /// After the size of a body is checked, before a session is looked up and before room for a body is taken.
    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.order() - 1;
    }
}
