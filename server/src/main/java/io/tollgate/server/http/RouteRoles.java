package io.tollgate.server.http;

import io.tollgate.server.config.Role;
import java.util.List;
import java.util.Optional;

/// Which role serves which routes, for telling a caller that this instance is the wrong one rather than that a route
/// does not
/// exist.
final class RouteRoles {
    private record Route(String method, String prefix, Role role) {}

    private static final String ANY = "*";

    private static final List<Route> ROUTES = List.of(
            new Route("POST", "/api/v1/events", Role.GATEWAY),
            new Route("GET", "/api/v1/metrics", Role.GATEWAY),
            new Route("PUT", "/api/v1/metrics", Role.GATEWAY),
            new Route("GET", "/api/v1/decisions", Role.GATEWAY),
            new Route(ANY, "/api/v1/reservations", Role.GATEWAY),
            new Route("GET", "/api/v1/events", Role.CONTROL),
            new Route("GET", "/api/v1/usage", Role.CONTROL),
            new Route(ANY, "/api/v1/quotas/check", Role.GATEWAY),
            new Route(ANY, "/api/v1/quotas", Role.CONTROL),
            new Route(ANY, "/api/v1/businesses", Role.CONTROL),
            new Route(ANY, "/api/v1/keys", Role.CONTROL));

    private RouteRoles() {}

    static Optional<Role> roleOf(String method, String path) {
        return ROUTES.stream()
                .filter(route -> (route.method().equals(ANY) || route.method().equals(method))
                        && (path.equals(route.prefix()) || path.startsWith(route.prefix() + "/")))
                .map(Route::role)
                .findFirst();
    }
}
