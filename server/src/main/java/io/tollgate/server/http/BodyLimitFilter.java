package io.tollgate.server.http;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;

/// Refuses bodies that announce more than their route reads, before authentication and before a byte of them is taken.
/// A body
/// without an announced length must be sent in less than the largest limit and is measured by its route.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class BodyLimitFilter implements Ordered {
    @RequestFilter
    void check(HttpRequest<?> request) {
        if (ApiPaths.isGuarded(request.getPath())
                && request.getHeaders().contentLength().orElse(0) > BodyLimit.of(request.getPath())) {
            throw BodyLimit.tooLarge(request.getPath());
        }
    }

    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.before();
    }
}
