package io.tollgate.quota.http;

import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.LookupOutcome;
import io.tollgate.quota.query.OwnerClient;
import io.tollgate.quota.routing.Owner;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks owners over their internal port.
public final class HttpOwnerClient implements OwnerClient {
    private static final Logger LOG = LoggerFactory.getLogger(HttpOwnerClient.class);
    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);
    /// On top of the time the owner may wait: network and reading.
    private static final Duration ANSWER_MARGIN = Duration.ofMillis(500);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();
    private final String clusterSecret;

    public HttpOwnerClient(String clusterSecret) {
        this.clusterSecret = clusterSecret;
    }

    /// An IPv6 address stands in brackets.
    private static URI address(Owner owner) {
        int colon = owner.address().lastIndexOf(':');
        String host = owner.address().substring(0, colon);
        String bracketed = host.contains(":") ? "[" + host + "]" : host;
        return URI.create("http://" + bracketed + owner.address().substring(colon) + OwnerProtocol.PATH);
    }

    @Override
    public Optional<LookupOutcome.Found> ask(
            Owner owner, int partition, CounterRead read, long afterOffset, Duration atMost) {
        OwnerProtocol.Question question = new OwnerProtocol.Question(partition, afterOffset, atMost.toMillis(), read);
        try {
            HttpRequest request = HttpRequest.newBuilder(address(owner))
                    .timeout(atMost.plus(ANSWER_MARGIN))
                    .header("Authorization", "Bearer " + clusterSecret)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(OwnerProtocol.write(question)))
                    .build();
            HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() == 200) {
                return Optional.of(OwnerProtocol.found(answer.body()));
            }
            if (answer.statusCode() != OwnerProtocol.NOT_OWNER) {
                LOG.warn("owner {} answers {}", owner.address(), answer.statusCode());
            }
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("owner {} does not answer: {}", owner.address(), e.toString());
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
