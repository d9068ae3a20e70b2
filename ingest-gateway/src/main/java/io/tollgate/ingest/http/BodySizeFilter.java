package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;

/// Refuses bodies that announce more than is read, before authentication and before a byte of them is taken.
@ServerFilter(patterns = EventController.PATH, methods = HttpMethod.POST)
@Requires(property = "tollgate.roles.gateway", value = "true")
final class BodySizeFilter implements Ordered {
    private final IngestMetrics metrics;

    BodySizeFilter(IngestMetrics metrics) {
        this.metrics = metrics;
    }

    @RequestFilter
    void check(HttpRequest<?> request) {
        metrics.countingRefusals(
                () -> EventBody.checkSize(request.getHeaders().contentLength().orElse(0)));
    }

    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.before();
    }
}
