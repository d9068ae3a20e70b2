package io.tollgate.ingest.proxy;

import java.net.URI;
import java.util.Locale;

/// Whether a call would come back to this system.
///
/// @param own address under which this system is reached
public record LoopCheck(URI own) {
    private static final String PROXY_PATH = "/api/v1/proxy";
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    public boolean loops(URI target) {
        String path = target.getPath() == null ? "" : target.getPath();
        return path.contains(PROXY_PATH) || (host(target).equals(host(own)) && port(target) == port(own));
    }

    private static String host(URI uri) {
        String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? HTTPS_PORT : HTTP_PORT;
    }
}
