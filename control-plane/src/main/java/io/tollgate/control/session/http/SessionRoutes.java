package io.tollgate.control.session.http;

import io.micronaut.http.HttpRequest;

/// Which routes take sessions. The server knows which role serves what. Thread-safe.
public interface SessionRoutes {
    boolean take(HttpRequest<?> request);
}
