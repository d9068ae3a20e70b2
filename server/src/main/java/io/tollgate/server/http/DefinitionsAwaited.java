package io.tollgate.server.http;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.quota.definition.Definitions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// Lets a request that demands definitions (`Tollgate-After`) wait until this instance has applied them, before anybody
/// looks who sends it: the definition may be the very key. Never blocks the thread of the request.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class DefinitionsAwaited implements Ordered {
    private static final String HEADER = "Tollgate-After";
    private static final Duration WAIT_MAX = Duration.ofSeconds(2);

    /// Requests that wait at a time. Anybody can make them wait, so more are told at once to come again.
    private static final int WAITING_MAX = 1_000;

    private final Definitions definitions;
    private final Semaphore places = new Semaphore(WAITING_MAX);
    private final ExecutorService waiting = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("definitions-awaited-", 0).factory());

    DefinitionsAwaited(Definitions definitions) {
        this.definitions = definitions;
    }

    @RequestFilter
    CompletableFuture<HttpRequest<?>> await(HttpRequest<?> request) {
        @Nullable String text = request.getHeaders().get(HEADER);
        if (text == null || !ApiPaths.isGuarded(request.getPath())) {
            return CompletableFuture.completedFuture(request);
        }
        Map<String, Long> demanded = demanded(text);
        if (definitions.includes(demanded)) {
            return CompletableFuture.completedFuture(request);
        }
        if (!places.tryAcquire()) {
            throw notCaughtUp();
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        if (!definitions.awaitAll(demanded, WAIT_MAX)) {
                            throw notCaughtUp();
                        }
                        return request;
                    } finally {
                        places.release();
                    }
                },
                waiting);
    }

    /// Nothing, where the header says something that only its route can judge.
    private static Map<String, Long> demanded(String text) {
        try {
            return LogPosition.fromText(text).definitions();
        } catch (IllegalArgumentException e) {
            return Map.of();
        }
    }

    private static Problem notCaughtUp() {
        return Problem.of(
                        ErrorCode.NOT_CAUGHT_UP,
                        "This instance does not know the definitions yet that " + HEADER
                                + " names. Ask again in a second.")
                .retryAfter(1);
    }

    /// Before authentication.
    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.before() + 1;
    }
}
