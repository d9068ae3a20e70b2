package io.tollgate.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micronaut.http.HttpRequest;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.access.Networks;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.topic.Topics;
import io.tollgate.quota.definition.Definitions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class DefinitionsAwaitedTest {
    private static final String TOPIC = Topics.definitions().getFirst().name();

    private final Definitions definitions = new Definitions(InstantSource.fixed(Instant.EPOCH));
    private final DefinitionsAwaited awaited =
            new DefinitionsAwaited(definitions, new ClientAddress(Networks.parse(List.of("127.0.0.0/8", "::1/128"))));

    private CompletableFuture<HttpRequest<?>> await(String address, long offset) {
        return awaited.await(HttpRequest.GET("http://127.0.0.1/api/v1/usage")
                .header("X-Real-IP", address)
                .header(
                        "Tollgate-After",
                        LogPosition.ofDefinition(TOPIC, offset).toText()));
    }

    @Test
    void oneAddressTakesItsOwnPlacesOnly() {
        List<CompletableFuture<HttpRequest<?>>> waiting = new ArrayList<>();
        for (int i = 0; i < DefinitionsAwaited.WAITING_OF_ADDRESS_MAX; i++) {
            waiting.add(await("203.0.113.1", 7));
        }

        assertThatExceptionOfType(Problem.class).isThrownBy(() -> await("203.0.113.1", 7));
        CompletableFuture<HttpRequest<?>> other = await("203.0.113.2", 7);
        assertThat(other).isNotDone();

        // Nobody applies it: after two seconds the places are free again.
        waiting.forEach(one -> assertThatThrownBy(one::join).isInstanceOf(CompletionException.class));
        assertThatThrownBy(other::join).hasCauseInstanceOf(Problem.class);
        assertThat(await("203.0.113.1", 7)).isNotDone();
    }

    @Test
    void whatCannotComeInTimeIsNotAwaited() {
        assertThatExceptionOfType(Problem.class).isThrownBy(() -> await("203.0.113.1", DefinitionsAwaited.AHEAD_MAX));
        assertThatExceptionOfType(Problem.class).isThrownBy(() -> await("203.0.113.1", Long.MAX_VALUE));
    }
}
