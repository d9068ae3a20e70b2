package io.tollgate.server.http;

/// In whose words an error is told: the dialects share the codes and differ in `error`.
enum Dialect {
    /// Paths of businesses, keys, customers, metrics, plans and the proxy.
    BUSINESS,
    /// Paths of events and usage, and everything new.
    EVENTS,
    /// Paths of accounts and of organizations as their members see them.
    ANALYTICS;

    static Dialect ofPath(String path) {
        if (path.startsWith("/api/auth") || path.startsWith("/api/orgs")) {
            return ANALYTICS;
        }
        return path.startsWith("/api/v1/businesses")
                        || path.startsWith("/api/v1/keys")
                        || path.startsWith("/api/v1/customers")
                        || path.startsWith("/api/v1/metrics")
                        || path.startsWith("/api/v1/proxy")
                        || path.startsWith("/api/v1/plans")
                        || path.startsWith("/api/v1/plan_limits")
                        || path.startsWith("/admin")
                ? BUSINESS
                : EVENTS;
    }
}
