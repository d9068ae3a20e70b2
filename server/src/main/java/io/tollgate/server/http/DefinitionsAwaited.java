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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
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

    /// Those of them from one address, so that a few addresses cannot take all places. Who it is that waits is not
    /// known
    /// yet, so neither are the addresses told apart that the guard will refuse.
    static final int WAITING_OF_ADDRESS_MAX = 20;

    /// No instance applies so many changes of one topic within [#WAIT_MAX]: who demands what lies beyond, be it made up
    /// or far ahead, is told at once.
    static final long AHEAD_MAX = 1_000_000;

    private final Definitions definitions;
    private final ClientAddress clients;
    private final Semaphore places = new Semaphore(WAITING_MAX);
    private final ConcurrentMap<String, Integer> waitingOf = new ConcurrentHashMap<>();
    private final ExecutorService waiting = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("definitions-awaited-", 0).factory());

    DefinitionsAwaited(Definitions definitions, ClientAddress clients) {
        this.definitions = definitions;
        this.clients = clients;
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
        String address = clients.of(request);
        if (farAhead(demanded) || !enter(address)) {
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
                        leave(address);
                    }
                },
                waiting);
    }

    private boolean farAhead(Map<String, Long> demanded) {
        return demanded.entrySet().stream()
                .anyMatch(entry -> entry.getValue() - AHEAD_MAX > definitions.applied(entry.getKey()));
    }

    private boolean enter(String address) {
        if (!places.tryAcquire()) {
            return false;
        }
        if (waitingOf.merge(address, 1, Integer::sum) > WAITING_OF_ADDRESS_MAX) {
            leave(address);
            return false;
        }
        return true;
    }

    private void leave(String address) {
        waitingOf.computeIfPresent(address, (key, waiting) -> waiting == 1 ? null : waiting - 1);
        places.release();
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
