package io.tollgate.server.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.Consumer;

/// A client of the HTTP API that outlives restarts of the server: what may succeed later is tried again with growing
/// pauses,
/// what the server refuses for good is not.
public final class TollgateClient {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration PAUSE_FIRST = Duration.ofMillis(100);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(5);
    private static final double JITTER = 0.25;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();
    private final URI base;
    private final String header;
    private final String credential;
    private final RetryPolicy<HttpResponse<String>> retry;

    private TollgateClient(String url, String header, String credential, Duration patience, Consumer<String> onRetry) {
        this.base = URI.create(url.endsWith("/") ? url : url + "/");
        this.header = header;
        this.credential = credential;
        this.retry = RetryPolicy.<HttpResponse<String>>builder()
                .handle(IOException.class)
                .handleResultIf(answer -> answer.statusCode() == 429 || answer.statusCode() >= 500)
                .withBackoff(PAUSE_FIRST, PAUSE_MAX)
                .withJitter(JITTER)
                .withMaxRetries(-1)
                .withMaxDuration(patience)
                .onRetry(attempt -> onRetry.accept(
                        attempt.getLastException() != null
                                ? "the server does not answer; trying again"
                                : "the server answers "
                                        + attempt.getLastResult().statusCode() + "; trying again"))
                .build();
    }

    /// @param patience how long one request is tried before it fails
    /// @param onRetry is told why a request is tried again
    public static TollgateClient withKey(String url, String key, Duration patience, Consumer<String> onRetry) {
        return new TollgateClient(url, "Authorization", "Bearer " + key, patience, onRetry);
    }

    public static TollgateClient asAdmin(String url, String adminKey, Duration patience, Consumer<String> onRetry) {
        return new TollgateClient(url, "X-Admin-Key", adminKey, patience, onRetry);
    }

    /// What the server answered.
    ///
    /// @param stale whether the server says that the answer lacks something that was written before
    public record Answer(int status, JsonNode body, boolean stale) {
        /// The server's own words for what is wrong.
        public String complaint() {
            return status + " " + body.path("message").asText(body.toString());
        }
    }

    public Answer get(String path) throws IOException {
        return send(request(path).GET().build());
    }

    public Answer post(String path, ObjectNode body) throws IOException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .build());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path))
                .timeout(ANSWER_TIMEOUT)
                .header(header, credential);
    }

    private Answer send(HttpRequest request) throws IOException {
        try {
            HttpResponse<String> answer =
                    Failsafe.with(retry).get(() -> http.send(request, HttpResponse.BodyHandlers.ofString()));
            boolean stale = answer.headers().firstValue("Tollgate-Stale").isPresent();
            return new Answer(answer.statusCode(), JSON.readTree(answer.body()), stale);
        } catch (FailsafeException e) {
            if (e.getCause() instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new IOException("no answer from " + request.uri() + ": " + e.getCause(), e);
        }
    }
}
