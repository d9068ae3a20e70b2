package io.tollgate.quota.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tollgate.quota.query.CounterLookup;
import io.tollgate.quota.query.LookupOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Answers other instances about the partitions owned here, on a port of its own that is not meant for callers. Without
/// the
/// cluster secret: 401. For a partition that is not owned here: 421, so that the asker looks for the owner again.
public final class OwnerEndpoint implements AutoCloseable {
    private static final int BODY_BYTES_MAX = 16 << 10;
    private static final int BACKLOG = 256;
    private static final Duration WAIT_MAX = Duration.ofSeconds(2);

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final byte[] authorization;
    private volatile Optional<CounterLookup> lookup = Optional.empty();

    /// Binds the port; questions are answered with 421 until [#serve] is called.
    ///
    /// @throws UncheckedIOException if the address is taken
    public OwnerEndpoint(InetSocketAddress address, String clusterSecret) {
        this.authorization = ("Bearer " + clusterSecret).getBytes(StandardCharsets.UTF_8);
        try {
            this.server = HttpServer.create(address, BACKLOG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext(OwnerProtocol.PATH, this::answer);
        server.start();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /// From now on answers from `counters`.
    public void serve(CounterLookup counters) {
        this.lookup = Optional.of(counters);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String sent = exchange.getRequestHeaders().getFirst("Authorization");
            if (sent == null || !MessageDigest.isEqual(sent.getBytes(StandardCharsets.UTF_8), authorization)) {
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            byte[] body = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1);
            if (body.length > BODY_BYTES_MAX) {
                exchange.sendResponseHeaders(413, -1);
                return;
            }
            OwnerProtocol.Question question;
            try {
                question = OwnerProtocol.question(body);
            } catch (IllegalArgumentException | java.time.DateTimeException e) {
                exchange.sendResponseHeaders(400, -1);
                return;
            }
            Duration wait = Duration.ofMillis(Math.clamp(question.atMostMs(), 0, WAIT_MAX.toMillis()));
            Optional<LookupOutcome.Found> found = lookup.flatMap(
                    counters -> counters.here(question.partition(), question.read(), question.afterOffset(), wait));
            if (found.isEmpty()) {
                exchange.sendResponseHeaders(OwnerProtocol.NOT_OWNER, -1);
                return;
            }
            byte[] answer = OwnerProtocol.write(found.get());
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
