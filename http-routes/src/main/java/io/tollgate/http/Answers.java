package io.tollgate.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;

/// What every route here does at its two ends.
public final class Answers {
    private Answers() {}

    /// On whose behalf the request is made, as the server found out before the route ran.
    public static Principal principal(HttpRequest<?> request) {
        return request.getAttribute(Authority.PRINCIPAL_ATTRIBUTE, Principal.class)
                .orElseThrow(() -> new IllegalStateException("the request reached a route without a principal"));
    }

    /// The id of the request, which its answer carries.
    public static Optional<String> requestId(HttpRequest<?> request) {
        return request.getAttribute(Authority.REQUEST_ID_ATTRIBUTE, String.class);
    }

    /// An id of the path, if it can be the id of anything: none has the character U+0000, which PostgreSQL does not
    /// take.
    ///
    /// @param none the problem of an id that nothing has
    public static String storable(String id, Supplier<Problem> none) {
        if (id.indexOf('\0') >= 0) {
            throw none.get();
        }
        return id;
    }

    public static MutableHttpResponse<byte[]> json(HttpStatus status, JsonNode body) {
        return HttpResponse.<byte[]>status(status)
                .body(body.toString().getBytes(StandardCharsets.UTF_8))
                .contentType(MediaType.APPLICATION_JSON_TYPE);
    }

    /// Not to be kept by anybody on the way: answers about keys.
    public static MutableHttpResponse<byte[]> secret(MutableHttpResponse<byte[]> answer) {
        return answer.header("Cache-Control", "no-store");
    }
}
