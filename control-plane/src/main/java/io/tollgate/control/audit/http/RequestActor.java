package io.tollgate.control.audit.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.control.audit.Actor;
import io.tollgate.control.http.Answers;

/// Who acts in a request.
public final class RequestActor {
    private RequestActor() {}

    public static Actor of(HttpRequest<?> request) {
        return Actor.of(Answers.principal(request), Answers.requestId(request));
    }
}
