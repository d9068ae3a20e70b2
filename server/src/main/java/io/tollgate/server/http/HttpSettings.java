package io.tollgate.server.http;

/// Bounds of the HTTP port.
public final class HttpSettings {
    /// Largest body of any route, in bytes; most routes have a lower bound of their own.
    public static final int BODY_BYTES_MAX = 8_000_000;

    private HttpSettings() {}
}
