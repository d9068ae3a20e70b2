package io.tollgate.server.http;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import io.tollgate.metering.ratelimit.RateVerdict;
import java.time.Instant;

/// Tells in every answer to a request that rate limits count how much is left, errors included. A filter of its own,
/// because those after the one that refuses a request do not see its answer.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class RateLimitHeaders implements Ordered {
    @ResponseFilter
    void tell(HttpRequest<?> request, MutableHttpResponse<?> response) {
        request.getAttribute(RateLimitFilter.VERDICT_ATTRIBUTE, RateVerdict.class)
                .ifPresent(verdict -> {
                    switch (verdict) {
                        case RateVerdict.Passed passed ->
                            tell(response, passed.limit(), passed.remaining(), passed.resetAt());
                        case RateVerdict.Refused refused -> tell(response, refused.limit(), 0, refused.resetAt());
                    }
                });
    }

    private static void tell(MutableHttpResponse<?> response, int limit, int remaining, Instant resetAt) {
        // Those of a proxy's target, if it sent any, speak of something else.
        MutableHttpHeaders headers = response.getHeaders();
        headers.set("X-RateLimit-Limit", Integer.toString(limit));
        headers.set("X-RateLimit-Remaining", Integer.toString(remaining));
        headers.set("X-RateLimit-Reset", resetAt.toString());
    }

    /// Before [RateLimitFilter].
    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.before();
    }
}
