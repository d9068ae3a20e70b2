package io.tollgate.server.http;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.metering.ratelimit.RateLimit;
import io.tollgate.metering.ratelimit.RateVerdict;
import io.tollgate.metering.ratelimit.RouteKind;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.routing.OwnerRates;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// Counts the requests of organizations that have rate limits, and refuses those beyond them. Never blocks: the rest of
/// a request waits for the count without a thread.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class RateLimitFilter implements Ordered {
    /// Request attribute: what the rate limits said to the request, if any count it.
    static final String VERDICT_ATTRIBUTE = "tollgate.rate-verdict";

    private final Definitions definitions;
    private final OwnerRates rates;

    RateLimitFilter(Definitions definitions, OwnerRates rates) {
        this.definitions = definitions;
        this.rates = rates;
    }

    @RequestFilter
    CompletableFuture<HttpRequest<?>> count(HttpRequest<?> request) {
        if (!ApiPaths.isApi(request.getPath())) {
            return CompletableFuture.completedFuture(request);
        }
        Principal principal = request.getAttribute(Authority.PRINCIPAL_ATTRIBUTE, Principal.class)
                .orElseGet(() -> new Principal.Nobody("not authenticated"));
        return switch (principal) {
            case Principal.Organization key -> count(request, key.organizationId(), key.keyId());
            case Principal.Scoped key -> count(request, key.organizationId(), key.keyId());
            case Principal.Tenant key -> count(request, key.organizationId(), key.keyId());
            case Principal.Member member ->
                count(request, member.organizationId(), member.userId().value());
            case Principal.User user -> CompletableFuture.completedFuture(request);
            case Principal.Admin admin -> CompletableFuture.completedFuture(request);
            case Principal.Nobody nobody -> CompletableFuture.completedFuture(request);
        };
    }

    private CompletableFuture<HttpRequest<?>> count(
            HttpRequest<?> request, OrganizationId organizationId, String keyId) {
        RouteKind kind = RouteKinds.of(request.getMethodName(), request.getPath());
        List<RateLimit> limits = definitions.rateLimits(organizationId, keyId, kind);
        if (limits.isEmpty()) {
            return CompletableFuture.completedFuture(request);
        }
        return rates.count(organizationId, limits).thenApply(verdict -> {
            request.setAttribute(VERDICT_ATTRIBUTE, verdict);
            return switch (verdict) {
                case RateVerdict.Passed passed -> request;
                case RateVerdict.Refused refused -> throw problem(refused);
            };
        });
    }

    private static Problem problem(RateVerdict.Refused refused) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("limit", refused.limit());
        details.put("remaining", 0);
        details.put("resetAt", refused.resetAt().toString());
        details.put("retryAfter", refused.retryAfterSeconds());
        return Problem.of(
                        ErrorCode.RATE_LIMIT_EXCEEDED,
                        "All " + refused.limit() + " requests of the span are used; the next one passes at "
                                + refused.resetAt() + ".")
                .withDetails(details)
                .retryAfter(refused.retryAfterSeconds());
    }

    /// After authentication, before room is taken for a body.
    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.order() + 1;
    }
}
