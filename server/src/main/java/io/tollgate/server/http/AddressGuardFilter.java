package io.tollgate.server.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Networks;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.util.List;

/// Refuses requests without a valid credential from addresses that sent too many of them. Requests with one always go
/// on, but where passwords are tried: there anybody's credential would do.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Requires(beans = AddressGuard.class)
final class AddressGuardFilter implements Ordered {
    /// Open to everybody; what providers send is signed.
    private static final List<String> OPEN = List.of(
            "/health",
            "/docs",
            "/openapi",
            "/openapi.json",
            "/openapi.yaml",
            "/prometheus",
            "/.well-known",
            "/tracker.js",
            "/collect",
            "/api/v1/webhooks",
            "/api/webhooks",
            "/api/billing/webhooks");

    private static final String ACCOUNTS = "/api/auth/";

    private final AddressGuard guard;
    private final ClientAddress clients;

    AddressGuardFilter(AddressGuard guard, ClientAddress clients) {
        this.guard = guard;
        this.clients = clients;
    }

    @RequestFilter
    void check(HttpRequest<?> request) {
        if ((identified(request) && !signsIn(request))
                || open(request.getPath())
                || guard.admits(Networks.ofClient(clients.of(request)))) {
            return;
        }
        int seconds = Math.toIntExact(AddressGuard.BAN.toSeconds());
        throw Problem.of(ErrorCode.IP_BANNED, "Rate limit exceeded. Try again later.")
                .with("retry_after_seconds", seconds)
                .retryAfter(seconds);
    }

    private static boolean identified(HttpRequest<?> request) {
        return request.getAttribute(Authority.PRINCIPAL_ATTRIBUTE, Principal.class)
                .filter(principal -> !(principal instanceof Principal.Nobody))
                .isPresent();
    }

    private static boolean signsIn(HttpRequest<?> request) {
        return request.getMethod() == HttpMethod.POST && request.getPath().startsWith(ACCOUNTS);
    }

    private static boolean open(String path) {
        for (String prefix : OPEN) {
            if (path.startsWith(prefix) && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/')) {
                return true;
            }
        }
        return false;
    }

    /// After authentication.
    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.order() + 1;
    }
}
