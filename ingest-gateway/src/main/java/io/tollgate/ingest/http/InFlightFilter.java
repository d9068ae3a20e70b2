package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import io.tollgate.contract.RequestPath;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.capacity.InFlightBytes;

/// Reserves memory for a body of events before it is read and gives it back when the request is answered, in whatever
/// way it ends. Runs after authentication, so that strangers cannot occupy the room of customers.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Requires(property = "tollgate.roles.gateway", value = "true")
final class InFlightFilter implements Ordered {
    private static final String RESERVATION = "tollgate.ingest.reservation";

    /// Whoever is in flight is answered within two seconds, so room comes soon.
    private static final int RETRY_AFTER_SECONDS = 1;

    private final InFlightBytes inFlight;
    private final IngestMetrics metrics;

    InFlightFilter(InFlightBytes inFlight, IngestMetrics metrics) {
        this.inFlight = inFlight;
        this.metrics = metrics;
    }

    @RequestFilter
    void reserve(HttpRequest<?> request) {
        if (!takesEvents(request)) {
            return;
        }
        metrics.countingRefusals(() -> {
            Callers.organization(request);
            EventBody.checkSize(request.getHeaders().contentLength().orElse(0));
            boolean gzip = EventBody.gzip(request.getHeaders());
            long bytes =
                    EventBody.bytesExpected(request.getHeaders().contentLength().orElse(-1), gzip);
            InFlightBytes.Reservation reservation = inFlight.reserve(bytes)
                    .orElseThrow(() -> Problem.of(
                                    ErrorCode.OVERLOADED, "Too many bytes of events are in flight; try again soon.")
                            .retryAfter(RETRY_AFTER_SECONDS));
            request.setAttribute(RESERVATION, reservation);
        });
    }

    /// Asked here and not by patterns, which are matched anew for every request of every route.
    private static boolean takesEvents(HttpRequest<?> request) {
        HttpMethod method = request.getMethod();
        String path = RequestPath.of(request.getPath());
        return (method == HttpMethod.POST || method == HttpMethod.PUT)
                && (path.equals(EventController.PATH)
                        || MetricUpdateController.isPath(path)
                        || path.startsWith(ReservationController.PATH));
    }

    @ResponseFilter
    void release(HttpRequest<?> request) {
        request.getAttribute(RESERVATION, InFlightBytes.Reservation.class)
                .ifPresent(InFlightBytes.Reservation::release);
    }

    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.after();
    }
}
