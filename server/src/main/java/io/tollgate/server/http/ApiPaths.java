package io.tollgate.server.http;

/// Which paths are the API's. Filters match everything and ask here: patterns of filters are matched anew for every
/// request, which costs several times what the filters do.
final class ApiPaths {
    private ApiPaths() {}

    /// Routes of organizations and their customers.
    static boolean isApi(String path) {
        return path.startsWith("/api/");
    }

    /// Those, and the operator's.
    static boolean isGuarded(String path) {
        return isApi(path) || path.startsWith("/admin/");
    }
}
