package io.tollgate.control.account.http;

import io.micronaut.http.HttpRequest;

/// Where requests come from. The server knows which proxies to believe. Thread-safe.
public interface ClientAddresses {
    /// The network address of the client, in one spelling.
    String of(HttpRequest<?> request);
}
