package io.tollgate.server.http;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import io.tollgate.contract.LogPosition;
import java.util.Optional;

/// Tells whoever has changed definitions where the change lies in the log (`Tollgate-Position`). Nothing is told where
/// that was not known in time: the change is stored, and nobody can wait for it yet.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
public final class ChangePosition implements Ordered {
    private static final String ATTRIBUTE = "tollgate.change-position";
    private static final String HEADER = "Tollgate-Position";

    /// Adds to what the answer to `request` will tell.
    public static void add(HttpRequest<?> request, LogPosition position) {
        LogPosition before = request.getAttribute(ATTRIBUTE, LogPosition.class).orElse(LogPosition.START);
        request.setAttribute(ATTRIBUTE, before.max(position));
    }

    @ResponseFilter
    void tell(HttpRequest<?> request, MutableHttpResponse<?> response) {
        Optional<LogPosition> changed = request.getAttribute(ATTRIBUTE, LogPosition.class);
        if (changed.isEmpty() || response.code() >= HttpStatus.BAD_REQUEST.getCode()) {
            return;
        }
        // One request may record usage too, such as the first value of a metric that it defines.
        LogPosition recorded = Optional.ofNullable(response.getHeaders().get(HEADER))
                .map(LogPosition::fromText)
                .orElse(LogPosition.START);
        response.getHeaders().set(HEADER, recorded.max(changed.get()).toText());
    }

    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.before();
    }
}
