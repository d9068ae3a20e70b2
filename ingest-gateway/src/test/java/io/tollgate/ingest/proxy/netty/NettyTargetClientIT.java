package io.tollgate.ingest.proxy.netty;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.ingest.proxy.TargetClient;
import io.tollgate.ingest.proxy.TargetClient.Reached;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NettyTargetClientIT {
    private static final Duration AMPLE = Duration.ofSeconds(20);

    private final List<String> seen = new ArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private HttpServer target;
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private NettyTargetClient client;

    @BeforeEach
    void start() throws IOException {
        target = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        target.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        target.createContext("/", this::answer);
        target.start();
        client = new NettyTargetClient(OutboundTargets.parse("127.0.0.1"), loops);
    }

    @AfterEach
    void stop() {
        released.countDown();
        client.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        target.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        synchronized (seen) {
            seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("X-a") + " " + new String(body, StandardCharsets.UTF_8));
        }
        switch (exchange.getRequestURI().getPath()) {
            case "/moved" -> {
                exchange.getResponseHeaders().add("Location", "/elsewhere");
                exchange.sendResponseHeaders(302, -1);
            }
            case "/large" -> {
                exchange.sendResponseHeaders(200, 0);
                try (OutputStream out = exchange.getResponseBody()) {
                    byte[] megabyte = new byte[1 << 20];
                    for (int i = 0; i < 6; i++) {
                        out.write(megabyte);
                    }
                }
            }
            case "/four-megabytes" -> {
                exchange.sendResponseHeaders(200, 4_000_000);
                exchange.getResponseBody().write(new byte[4_000_000]);
            }
            case "/head" -> {
                exchange.getResponseHeaders().add("Content-Length", "6000000");
                exchange.sendResponseHeaders(200, -1);
            }
            case "/never" -> {
                try {
                    released.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            default -> {
                exchange.getResponseHeaders().add("X-Twice", "1");
                exchange.getResponseHeaders().add("X-Twice", "2");
                byte[] text = "grüß".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(404, text.length);
                exchange.getResponseBody().write(text);
            }
        }
        exchange.close();
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + target.getAddress().getPort() + path);
    }

    private Reached get(URI uri, Duration timeout) {
        return client.send(uri, "GET", Map.of(), Optional.empty(), timeout).join();
    }

    @Test
    void whateverTheTargetSaysIsHandedBack() {
        Reached reached = client.send(
                        at("/a/b?c=%20d"),
                        "POST",
                        Map.of("x-a", "1"),
                        Optional.of("{}".getBytes(StandardCharsets.UTF_8)),
                        AMPLE)
                .join();

        assertThat(reached).isInstanceOfSatisfying(Reached.Answered.class, answered -> {
            assertThat(answered.status()).isEqualTo(404);
            assertThat(answered.headers()).containsEntry("x-twice", "1, 2");
            assertThat(new String(answered.body(), StandardCharsets.UTF_8)).isEqualTo("grüß");
        });
        assertThat(seen).containsExactly("POST /a/b?c=%20d 1 {}");
    }

    @Test
    void redirectsAreHandedBackAndNeverFollowed() {
        assertThat(get(at("/moved"), AMPLE)).isInstanceOfSatisfying(Reached.Answered.class, answered -> {
            assertThat(answered.status()).isEqualTo(302);
            assertThat(answered.headers()).containsEntry("location", "/elsewhere");
        });
        assertThat(seen).hasSize(1);
    }

    @Test
    void tooLargeAnAnswerIsCutOff() {
        assertThat(get(at("/large"), AMPLE)).isInstanceOf(Reached.TooLarge.class);
        assertThat(get(at("/again"), AMPLE)).as("the next call").isInstanceOf(Reached.Answered.class);
    }

    @Test
    void silenceEndsWithTheTimeOut() {
        assertThat(get(at("/never"), Duration.ofMillis(200))).isInstanceOf(Reached.TimedOut.class);
    }

    @Test
    void nobodyListening() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertThat(get(URI.create("http://127.0.0.1:" + port + "/"), AMPLE)).isInstanceOf(Reached.Failed.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.2/",
                "http://10.0.0.1/",
                "http://169.254.169.254/latest/meta-data",
                "http://[::1]/",
                "http://[::ffff:10.0.0.1]/",
                "http://0.0.0.0/",
                "http://127.0.0.1:22/",
                "http://user@127.0.0.1/"
            })
    void whatIsNotListedIsNotReached(String url) {
        assertThat(get(URI.create(url), AMPLE)).isInstanceOf(Reached.Forbidden.class);
    }

    /// A kept connection that the target closed in between must not cost a call that can be repeated.
    @Test
    void aConnectionThatTheTargetClosedIsReplaced() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 3; i++) {
                    try (Socket socket = server.accept()) {
                        readHead(socket.getInputStream());
                        socket.getOutputStream()
                                .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                        .getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException e) {
                        return;
                    }
                }
            });
            URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
            for (int i = 0; i < 3; i++) {
                assertThat(get(uri, AMPLE)).as("call %d", i).isInstanceOf(Reached.Answered.class);
            }
        }
    }

    /// What is said before the answer is not the answer: taking it for that would hand the answer to the next call.
    @Test
    void earlyHintsAreNotTheAnswer() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = server.accept()) {
                    for (int i = 0; i < 2; i++) {
                        readHead(socket.getInputStream());
                        String answer = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                                + "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + i;
                        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                    }
                } catch (IOException e) {
                    // The client's calls fail then, which fails the test.
                }
            });
            URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
            for (int i = 0; i < 2; i++) {
                String own = Integer.toString(i);
                assertThat(get(uri, AMPLE)).isInstanceOfSatisfying(Reached.Answered.class, answered -> {
                    assertThat(answered.status()).isEqualTo(200);
                    assertThat(new String(answered.body(), StandardCharsets.US_ASCII))
                            .isEqualTo(own);
                });
            }
        }
    }

    /// A connection that was taken for a call that cannot be sent would never be given back.
    @Test
    void callsThatCannotBeSentTakeNoConnection() {
        for (int i = 0; i < 300; i++) {
            assertThat(client.send(at("/"), "GET", Map.of("x-a", " b"), Optional.empty(), AMPLE)
                            .join())
                    .isInstanceOf(Reached.Failed.class);
        }
        assertThat(get(at("/"), AMPLE)).isInstanceOf(Reached.Answered.class);
    }

    /// What cannot be read is no answer, and nothing is read after it.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok"
            })
    void brokenAnswersAreNone(String broken) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                for (String answer : List.of(broken, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) {
                    try (Socket socket = server.accept()) {
                        readHead(socket.getInputStream());
                        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                        readHead(socket.getInputStream());
                    } catch (IOException e) {
                        return;
                    }
                }
            });
            URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");

            assertThat(get(uri, AMPLE)).isInstanceOf(Reached.Failed.class);
            assertThat(get(uri, AMPLE)).as("the next call").isInstanceOf(Reached.Answered.class);
        }
    }

    @Test
    void anAnswerWithoutBodyMayAnnounceAnyLength() {
        Reached reached = client.send(at("/head"), "HEAD", Map.of(), Optional.empty(), AMPLE)
                .join();

        assertThat(reached).isInstanceOfSatisfying(Reached.Answered.class, answered -> {
            assertThat(answered.headers()).containsEntry("content-length", "6000000");
            assertThat(answered.body()).isEmpty();
        });
    }

    @Test
    void answersThatNobodyHasUsedYetAreBounded() {
        List<Reached.Answered> kept = new ArrayList<>();
        Reached reached = get(at("/four-megabytes"), AMPLE);
        while (reached instanceof Reached.Answered answered && kept.size() < 100) {
            kept.add(answered);
            reached = get(at("/four-megabytes"), AMPLE);
        }

        assertThat(reached).isInstanceOf(Reached.Overloaded.class);
        assertThat(kept).hasSize((128 << 20) / 4_000_000);
        kept.forEach(answered -> answered.room().release());
        for (int i = 0; i < 40; i++) {
            assertThat(get(at("/four-megabytes"), AMPLE))
                    .isInstanceOfSatisfying(
                            Reached.Answered.class, answered -> answered.room().release());
        }
    }

    private static void readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return;
            }
            head.append((char) next);
        }
    }

    @Test
    void theLimitOfAnAnswerIsTheDocumentedOne() {
        assertThat(TargetClient.ANSWER_BYTES_MAX).isEqualTo(5_000_000);
    }
}
