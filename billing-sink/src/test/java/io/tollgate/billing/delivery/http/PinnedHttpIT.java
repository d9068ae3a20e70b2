package io.tollgate.billing.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.billing.delivery.Attempt;
import io.tollgate.billing.delivery.Receiver;
import io.tollgate.contract.outbound.OutboundTargets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PinnedHttpIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final byte[] BODY = "{}".getBytes(StandardCharsets.UTF_8);

    private final Receiver receiver = new Receiver();
    private final OutboundTargets listed = OutboundTargets.parse("127.0.0.1:" + receiver.port());

    @AfterEach
    void stop() {
        receiver.close();
    }

    private static PinnedHttp http(OutboundTargets targets, Duration timeout, String... addresses) {
        return new PinnedHttp(
                targets,
                timeout,
                host -> List.of(addresses).stream().map(InetAddress::ofLiteral).toList());
    }

    private Attempt post(OutboundTargets targets, String url, String... addresses) throws IOException {
        try (PinnedHttp http = http(targets, TIMEOUT, addresses)) {
            return http.post(url, Map.of("webhook-id", "msg_1"), BODY);
        }
    }

    @Test
    void listedReceiverGetsBodyAndHeaders() throws IOException {
        assertThat(post(listed, receiver.url("/in?x=1"), "127.0.0.1")).isEqualTo(new Attempt.Taken(200, "thanks"));

        assertThat(receiver.received()).singleElement().satisfies(received -> {
            assertThat(received.path()).isEqualTo("/in?x=1");
            assertThat(received.body()).isEqualTo("{}");
            assertThat(received.header("Webhook-id")).isEqualTo("msg_1");
            assertThat(received.header("Content-type")).startsWith("application/json");
        });
    }

    @Test
    void loopbackIsRefusedUnlessListed() throws IOException {
        assertThat(post(OutboundTargets.publicOnly(), receiver.url("/"), "127.0.0.1"))
                .isEqualTo(
                        new Attempt.Failed(OptionalInt.empty(), "", "not sent: the URL leads to a loopback address"));
        assertThat(receiver.received()).isEmpty();
    }

    @Test
    void nameThatLeadsInwardsIsRefused() throws IOException {
        String url = "http://hook.example:" + receiver.port() + "/";

        assertThat(post(OutboundTargets.publicOnly(), url, "127.0.0.1"))
                .isEqualTo(
                        new Attempt.Failed(OptionalInt.empty(), "", "not sent: the host leads to a loopback address"));
        assertThat(post(OutboundTargets.publicOnly(), url, "203.0.113.9", "10.0.0.1"))
                .isEqualTo(
                        new Attempt.Failed(OptionalInt.empty(), "", "not sent: the host leads to a private address"));
        assertThat(receiver.received()).isEmpty();
    }

    @Test
    void connectionGoesToTheAddressThatWasChecked() throws IOException {
        AtomicInteger lookUps = new AtomicInteger();
        String url = "http://hook.example:" + receiver.port() + "/";
        try (PinnedHttp http = new PinnedHttp(listed, TIMEOUT, host -> {
            lookUps.incrementAndGet();
            return List.of(InetAddress.ofLiteral("127.0.0.1"));
        })) {
            assertThat(http.post(url, Map.of(), BODY)).isInstanceOf(Attempt.Taken.class);
        }
        assertThat(lookUps).hasValue(1);
        assertThat(receiver.received())
                .singleElement()
                .satisfies(
                        received -> assertThat(received.header("Host")).isEqualTo("hook.example:" + receiver.port()));
    }

    @Test
    void redirectIsAFailureAndNotFollowed() throws IOException {
        receiver.willAnswer(302, 307);

        assertThat(post(listed, receiver.url("/a"), "127.0.0.1"))
                .isEqualTo(new Attempt.Failed(OptionalInt.of(302), "thanks", "answered with 302"));
        assertThat(post(listed, receiver.url("/a"), "127.0.0.1")).isInstanceOf(Attempt.Failed.class);
        assertThat(receiver.received()).extracting(Receiver.Received::path).containsExactly("/a", "/a");
    }

    @Test
    void firstKibibyteOfTheAnswerIsKept() throws IOException {
        receiver.willSay("a\0" + "x".repeat(100_000));
        receiver.willAnswer(500);

        assertThat(post(listed, receiver.url("/"), "127.0.0.1"))
                .isInstanceOfSatisfying(
                        Attempt.Failed.class,
                        failed -> assertThat(failed.answer()).hasSize(1_024).startsWith("a\uFFFDxx"));
    }

    @Test
    void silenceEndsWithTheTimeOut() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                PinnedHttp http = http(OutboundTargets.parse("127.0.0.1"), Duration.ofMillis(300), "127.0.0.1")) {
            assertThat(http.post("http://127.0.0.1:" + silent.getLocalPort() + "/", Map.of(), BODY))
                    .isEqualTo(new Attempt.Failed(OptionalInt.empty(), "", "no answer in time"));
        }
    }

    @Test
    void closedPortAndMalformedUrlAreFailures() throws IOException {
        int port = receiver.port();
        receiver.close();

        assertThat(post(listed, "http://127.0.0.1:" + port + "/", "127.0.0.1")).isInstanceOf(Attempt.Failed.class);
        assertThat(post(listed, "http://a b/", "127.0.0.1"))
                .isEqualTo(new Attempt.Failed(OptionalInt.empty(), "", "the URL is malformed"));
    }
}
