package io.tollgate.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.contract.access.Actor;

/// Who acts in a request.
public final class RequestActor {
    private RequestActor() {}

    public static Actor of(HttpRequest<?> request) {
        return Actor.of(Answers.principal(request), Answers.requestId(request));
    }
}
