package io.tollgate.server.http;

import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpAttributes;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.tollgate.contract.access.Authority;
import java.time.Duration;
import java.util.UUID;

/// Gives every request an id and every answer the headers that all answers have, and measures the time in between.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Order(Ordered.HIGHEST_PRECEDENCE)
final class RequestIdFilter {
    private static final String ID = Authority.REQUEST_ID_ATTRIBUTE;
    private static final String STARTED = "tollgate.started-nanos";
    private static final int ID_LENGTH_MAX = 100;

    private final HttpMetrics metrics;

    RequestIdFilter(HttpMetrics metrics) {
        this.metrics = metrics;
    }

    static String idOf(HttpRequest<?> request) {
        return request.getAttribute(ID, String.class).orElse("-");
    }

    @RequestFilter
    void receive(HttpRequest<?> request) {
        String sent = request.getHeaders().get("X-Request-Id");
        request.setAttribute(
                ID, sent != null && usable(sent) ? sent : UUID.randomUUID().toString());
        request.setAttribute(STARTED, System.nanoTime());
    }

    @ResponseFilter
    void answer(HttpRequest<?> request, MutableHttpResponse<?> response) {
        response.header("Tollgate-Request-Id", idOf(request));
        response.header("X-Content-Type-Options", "nosniff");
        long started = request.getAttribute(STARTED, Long.class).orElseGet(System::nanoTime);
        String route =
                request.getAttribute(HttpAttributes.URI_TEMPLATE, String.class).orElse("none");
        metrics.answered(
                request.getMethod().name(), route, response.code(), Duration.ofNanos(System.nanoTime() - started));
    }

    private static boolean usable(String id) {
        return !id.isEmpty() && id.length() <= ID_LENGTH_MAX && id.chars().allMatch(c -> c > ' ' && c < 127);
    }
}
