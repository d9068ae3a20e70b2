package io.tollgate.server.http;

import io.tollgate.contract.RequestPath;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.util.Set;

/// How large a body may be, by route.
public final class BodyLimit {
    /// Events, checks and reservations: the largest of all.
    public static final int EVENTS_BYTES_MAX = 8_000_000;

    /// Every other route.
    static final int BYTES_MAX = 1_000_000;

    /// Routes that take many things at once.
    private static final Set<String> LARGE = Set.of("/api/v1/events", "/api/v1/quotas/check", "/api/v1/reservations");

    private BodyLimit() {}

    static int of(String path) {
        return LARGE.contains(RequestPath.of(path)) ? EVENTS_BYTES_MAX : BYTES_MAX;
    }

    static Problem tooLarge(String path) {
        int limit = of(path);
        return Problem.of(ErrorCode.BODY_TOO_LARGE, "Request body exceeds maximum size of " + limit / 1_000_000 + "MB")
                .with("max_bytes", limit);
    }
}
