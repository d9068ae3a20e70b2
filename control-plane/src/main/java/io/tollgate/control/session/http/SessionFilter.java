package io.tollgate.control.session.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import io.micronaut.scheduling.TaskExecutors;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.secret.RandomToken;
import io.tollgate.control.session.Membership;
import io.tollgate.control.session.Sessions;
import io.tollgate.http.ToldOrganization;
import jakarta.inject.Named;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;

/// Finds the user whose session a request shows, where no key has said who calls. A session is looked up in the
/// database,
/// on a thread of its own; requests without one pass on the thread they came on.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Requires(property = "tollgate.roles.control", value = "true")
@Requires(beans = {Sessions.class, SessionRoutes.class})
public final class SessionFilter implements Ordered {
    /// These routes make and end sessions, and say themselves from which pages they are called.
    private static final String AUTH_PREFIX = "/api/auth/";

    /// Request attribute: the token whose session was put off by this request.
    private static final String RENEWED_ATTRIBUTE = "tollgate.renewed-session";

    private static final Principal NOT_AUTHENTICATED = new Principal.Nobody("Not authenticated");

    private final Sessions sessions;
    private final SessionRoutes routes;
    private final SessionCookie cookies;
    private final ExecutorService virtualThreads;

    public SessionFilter(
            Sessions sessions,
            SessionRoutes routes,
            SessionCookie cookies,
            @Named(TaskExecutors.VIRTUAL) ExecutorService virtualThreads) {
        this.sessions = sessions;
        this.routes = routes;
        this.cookies = cookies;
        this.virtualThreads = virtualThreads;
    }

    @RequestFilter
    public CompletableFuture<HttpRequest<?>> find(HttpRequest<?> request) {
        Optional<SessionCookie.Presented> presented =
                unknown(request) && routes.take(request) ? SessionCookie.of(request) : Optional.empty();
        if (presented.isEmpty()) {
            return CompletableFuture.completedFuture(request);
        }
        if (!request.getPath().startsWith(AUTH_PREFIX)) {
            cookies.requireOwnPage(request, presented.get());
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    request.setAttribute(Authority.PRINCIPAL_ATTRIBUTE, principal(request, presented.get()));
                    return request;
                },
                virtualThreads);
    }

    private static boolean unknown(HttpRequest<?> request) {
        return request.getAttribute(Authority.PRINCIPAL_ATTRIBUTE, Principal.class)
                .filter(Principal.Nobody.class::isInstance)
                .isPresent();
    }

    private Principal principal(HttpRequest<?> request, SessionCookie.Presented presented) {
        Optional<Sessions.Used> used = sessions.use(presented.token());
        if (used.isEmpty()) {
            return NOT_AUTHENTICATED;
        }
        if (used.get().renewed() && presented.cookie()) {
            request.setAttribute(RENEWED_ATTRIBUTE, presented.token());
        }
        UserId userId = used.get().session().userId();
        Optional<OrganizationId> told = ToldOrganization.of(request);
        // Two say as much as all of them: that it is not the only one.
        return Membership.acting(userId, told, sessions.memberships(userId, told, 2));
    }

    /// A browser forgets a cookie at its end, so it is told that the end was put off.
    @ResponseFilter
    public void renew(HttpRequest<?> request, MutableHttpResponse<?> response) {
        request.getAttribute(RENEWED_ATTRIBUTE, RandomToken.class)
                // Signing in or out has set another one.
                .filter(token -> !response.getHeaders().contains("Set-Cookie"))
                .ifPresent(token -> cookies.set(response, token));
    }

    /// After authentication by keys, before requests are counted.
    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.order();
    }
}
