package io.tollgate.server.http;

import io.tollgate.metering.ratelimit.RouteKind;
import java.util.Set;

/// Which rate limits count a request, by its method and path.
final class RouteKinds {
    private static final Set<String> READING = Set.of("GET", "HEAD");

    private RouteKinds() {}

    /// Reservations are `events`; checks of quotas and of receipts are `reads`; writing values is what `metrics` means.
    static RouteKind of(String method, String path) {
        if (under(path, "/api/v1/proxy")) {
            return RouteKind.PROXY;
        }
        if (READING.contains(method) || under(path, "/api/v1/quotas/check") || under(path, "/api/v1/receipts")) {
            return RouteKind.READS;
        }
        if (under(path, "/api/v1/events") || under(path, "/api/v1/reservations")) {
            return RouteKind.EVENTS;
        }
        return method.equals("PUT") && path.startsWith("/api/v1/metrics/") ? RouteKind.METRICS : RouteKind.MANAGEMENT;
    }

    private static boolean under(String path, String prefix) {
        return path.startsWith(prefix) && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/');
    }
}
