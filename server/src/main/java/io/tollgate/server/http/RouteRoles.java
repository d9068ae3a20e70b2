package io.tollgate.server.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.server.config.Role;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Which role serves which routes, for telling a caller that this instance is the wrong one rather than that a route
/// does not
/// exist.
final class RouteRoles {
    private record Route(String method, String prefix, Role role) {}

    private static final String ANY = "*";

    /// The one read of metrics that needs the database; its prefix is that of the others.
    private static final Pattern HISTORY = Pattern.compile("/api/v1/metrics/[^/]+/history");

    /// The writes of events that need the database; their prefix is that of the others.
    private static final Pattern CORRECTION = Pattern.compile("/api/v1/events/(void|[^/]+/(void|amend))");

    private static final List<Route> ROUTES = List.of(
            new Route("POST", "/api/v1/events", Role.GATEWAY),
            new Route("GET", "/api/v1/metrics", Role.GATEWAY),
            new Route("PUT", "/api/v1/metrics", Role.GATEWAY),
            new Route("GET", "/api/v1/decisions", Role.GATEWAY),
            new Route("POST", "/api/v1/proxy", Role.GATEWAY),
            new Route(ANY, "/api/v1/reservations", Role.GATEWAY),
            new Route("GET", "/api/v1/events", Role.CONTROL),
            new Route("GET", "/api/v1/rejected-events", Role.CONTROL),
            new Route("GET", "/api/v1/usage", Role.CONTROL),
            new Route("GET", "/api/v1/reports", Role.CONTROL),
            new Route(ANY, "/api/cron", Role.CONTROL),
            new Route(ANY, "/api/v1/snapshots", Role.CONTROL),
            new Route(ANY, "/api/v1/simulations", Role.CONTROL),
            new Route("GET", "/api/v1/system/health", Role.CONTROL),
            new Route("POST", "/api/v1/receipts", Role.CONTROL),
            new Route(ANY, "/api/v1/quotas/check", Role.GATEWAY),
            new Route(ANY, "/api/v1/quotas", Role.CONTROL),
            new Route("POST", "/api/v1/metrics", Role.CONTROL),
            new Route("DELETE", "/api/v1/metrics", Role.CONTROL),
            new Route(ANY, "/api/v1/plans", Role.CONTROL),
            new Route(ANY, "/api/v1/plan_limits", Role.CONTROL),
            new Route(ANY, "/api/v1/rate-limits", Role.CONTROL),
            new Route(ANY, "/api/v1/businesses", Role.CONTROL),
            new Route(ANY, "/api/v1/customers", Role.CONTROL),
            new Route(ANY, "/api/v1/api-keys", Role.CONTROL),
            new Route(ANY, "/api/v1/organization", Role.CONTROL),
            new Route("GET", "/api/v1/audit-logs", Role.CONTROL),
            new Route(ANY, "/api/v1/access-tokens", Role.CONTROL),
            new Route(ANY, "/api/v1/team", Role.CONTROL),
            new Route(ANY, "/api/v1/subscription", Role.CONTROL),
            new Route(ANY, "/api/auth", Role.CONTROL),
            new Route(ANY, "/api/orgs", Role.CONTROL),
            new Route("GET", "/admin/audit-logs", Role.CONTROL),
            new Route("POST", "/api/v1/webhooks/stripe", Role.CONTROL),
            new Route("POST", "/api/webhooks/stripe", Role.CONTROL),
            new Route(ANY, "/admin", Role.CONTROL),
            new Route(ANY, "/api/v1/keys", Role.CONTROL));

    private RouteRoles() {}

    static boolean ofGateway(HttpRequest<?> request) {
        return roleOf(request.getMethodName(), request.getPath())
                .filter(Role.GATEWAY::equals)
                .isPresent();
    }

    static Optional<Role> roleOf(String method, String path) {
        if (method.equals("GET") && HISTORY.matcher(path).matches()) {
            return Optional.of(Role.CONTROL);
        }
        if (method.equals("POST") && CORRECTION.matcher(path).matches()) {
            return Optional.of(Role.CONTROL);
        }
        return ROUTES.stream()
                .filter(route -> (route.method().equals(ANY) || route.method().equals(method))
                        && (path.equals(route.prefix()) || path.startsWith(route.prefix() + "/")))
                .map(Route::role)
                .findFirst();
    }
}
