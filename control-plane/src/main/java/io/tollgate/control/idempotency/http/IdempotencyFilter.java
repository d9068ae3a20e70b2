package io.tollgate.control.idempotency.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.body.ByteBody;
import io.micronaut.http.filter.ServerFilterPhase;
import io.micronaut.scheduling.TaskExecutors;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.idempotency.Attempt;
import io.tollgate.control.idempotency.IdempotentRequests;
import io.tollgate.control.idempotency.RequestKey;
import io.tollgate.control.idempotency.StoredAnswer;
import io.tollgate.http.Answers;
import jakarta.inject.Named;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;

/// Carries a POST with an `Idempotency-Key` out once, and answers its repetitions with the first answer. A problem
/// is not kept: nothing was done, and the call can be made again. Requests without a key pass on the thread they came
/// on.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Requires(property = "tollgate.roles.control", value = "true")
@Requires(beans = IdempotentRequests.class)
public final class IdempotencyFilter implements Ordered {
    /// What fits into the index beside scope and key; no route is longer.
    private static final int PATH_LENGTH_MAX = 1_000;

    private static final String PREFIX = "/api/v1/";
    private static final String HEADER = "Idempotency-Key";
    private static final String REPLAY = "Idempotent-Replay";
    private static final String ATTEMPT = "tollgate.idempotent-request";
    private static final String ADMIN_SCOPE = "@admin";
    private static final int RETRY_SECONDS = 1;
    private static final int PROBLEM = 400;

    /// There the key is the event's own, or nothing is changed.
    private static final Set<String> OTHERS =
            Set.of("/api/v1/events", "/api/v1/reservations", "/api/v1/proxy", "/api/v1/quotas/check");

    private final IdempotentRequests requests;
    private final ExecutorService virtualThreads;

    public IdempotencyFilter(
            IdempotentRequests requests, @Named(TaskExecutors.VIRTUAL) ExecutorService virtualThreads) {
        this.requests = requests;
        this.virtualThreads = virtualThreads;
    }

    /// @return completes with an answer that stands for the route's, if there is one; never with null, which the
    ///     framework takes for no answer at all unless it comes at once
    @RequestFilter
    public CompletableFuture<Optional<HttpResponse<?>>> before(ServerHttpRequest<?> request) {
        Optional<RequestKey> named = key(request);
        if (named.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        // The route reads the body once more.
        return request.byteBody()
                .split(ByteBody.SplitBackpressureMode.FASTEST)
                .buffer()
                .thenApplyAsync(
                        body -> {
                            try (body) {
                                return attempt(request, named.get(), body.toByteArray());
                            }
                        },
                        virtualThreads);
    }

    private Optional<HttpResponse<?>> attempt(HttpRequest<?> request, RequestKey key, byte[] body) {
        return switch (requests.attempt(key, fingerprint(request, body), Answers.requestId(request))) {
            case Attempt.First first -> {
                request.setAttribute(ATTEMPT, key);
                yield Optional.empty();
            }
            case Attempt.Answered answered -> Optional.of(replay(answered.answer()));
            case Attempt.AnsweredSecretly secretly ->
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "The request was carried out; its answer held a secret, which is kept nowhere.");
            case Attempt.Unanswered unanswered ->
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "The request with this Idempotency-Key was carried out, but its answer was lost; look up what it"
                                + " changed before you send it under another key.");
            case Attempt.Running running ->
                throw Problem.of(ErrorCode.INVALID_STATE, "The request with this Idempotency-Key is being carried out.")
                        .retryAfter(RETRY_SECONDS);
            case Attempt.Reused reused ->
                throw Problem.of(
                        ErrorCode.IDEMPOTENCY_KEY_REUSED,
                        "The Idempotency-Key was used for another request on this path.");
        };
    }

    private static HttpResponse<?> replay(StoredAnswer answer) {
        MutableHttpResponse<byte[]> response = HttpResponse.<byte[]>status(answer.status(), "")
                .body(answer.body())
                .contentType(MediaType.of(answer.contentType()))
                .header(REPLAY, "true");
        return answer.secret() ? Answers.secret(response) : response;
    }

    @ResponseFilter
    public CompletableFuture<MutableHttpResponse<?>> after(HttpRequest<?> request, MutableHttpResponse<?> response) {
        Optional<RequestKey> first = request.getAttribute(ATTEMPT, RequestKey.class);
        if (first.isEmpty()) {
            return CompletableFuture.completedFuture(response);
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    keep(first.get(), response);
                    return response;
                },
                virtualThreads);
    }

    private void keep(RequestKey first, MutableHttpResponse<?> response) {
        if (response.code() >= PROBLEM || !(response.body() instanceof byte[] body)) {
            requests.forget(first);
            return;
        }
        boolean secret = "no-store".equals(response.getHeaders().get("Cache-Control"));
        String type = response.getContentType().map(MediaType::toString).orElse(MediaType.APPLICATION_JSON);
        requests.keep(first, new StoredAnswer(response.code(), type, body, secret));
    }

    private static Optional<RequestKey> key(HttpRequest<?> request) {
        String text = request.getHeaders().get(HEADER);
        String path = request.getPath();
        if (text == null
                || request.getMethod() != HttpMethod.POST
                || !path.startsWith(PREFIX)
                || OTHERS.stream().anyMatch(path::startsWith)) {
            return Optional.empty();
        }
        Optional<String> scope = scope(Answers.principal(request));
        if (scope.isEmpty()) {
            return Optional.empty();
        }
        if (text.isEmpty()
                || text.length() > RequestKey.LENGTH_MAX
                || text.chars().anyMatch(Character::isISOControl)) {
            throw Problem.of(
                    ErrorCode.VALIDATION_FAILED,
                    HEADER + " must have 1 to " + RequestKey.LENGTH_MAX + " characters and no control characters");
        }
        if (path.length() > PATH_LENGTH_MAX) {
            throw Problem.of(
                    ErrorCode.VALIDATION_FAILED,
                    "A path has at most " + PATH_LENGTH_MAX + " characters where there is an " + HEADER + ".");
        }
        return Optional.of(new RequestKey(scope.get(), path, text));
    }

    private static Optional<String> scope(Principal principal) {
        return switch (principal) {
            case Principal.Admin admin -> Optional.of(ADMIN_SCOPE);
            case Principal.Organization key -> Optional.of(key.organizationId().value());
            case Principal.Scoped key -> Optional.of(key.organizationId().value());
            case Principal.Tenant key -> Optional.of(key.organizationId().value());
            // As a user without an organization: by joining or leaving one a caller does not become another.
            case Principal.Member member -> Optional.of(member.userId().value());
            case Principal.User user -> Optional.of(user.userId().value());
            case Principal.Nobody nobody -> Optional.empty();
        };
    }

    // With the caller: another one may not be allowed to see the answer.
    private static byte[] fingerprint(HttpRequest<?> request, byte[] body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            String caller = switch (Answers.principal(request)) {
                case Principal.Admin admin -> ADMIN_SCOPE;
                case Principal.Organization key -> key.keyId();
                case Principal.Scoped key -> key.keyId();
                case Principal.Tenant key -> key.keyId();
                case Principal.Member member -> member.userId().value();
                case Principal.User user -> user.userId().value();
                case Principal.Nobody nobody -> "";
            };
            String told = String.valueOf(request.getHeaders().get("X-Organization-Id"));
            String query = String.valueOf(request.getUri().getRawQuery());
            digest.update((caller + "\n" + told + "\n" + query + "\n").getBytes(StandardCharsets.UTF_8));
            return digest.digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// When it is known who calls.
    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.after();
    }
}
