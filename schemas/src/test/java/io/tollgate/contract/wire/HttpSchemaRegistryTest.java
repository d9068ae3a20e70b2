package io.tollgate.contract.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpSchemaRegistryTest {
    private final AtomicReference<String> authorization = new AtomicReference<>("");
    private HttpServer server;
    private int status;
    private String body;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            authorization.set(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            byte[] answer = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    /// Only the registry's own word that it knows no such Avro schema makes a record malformed; whatever else stands in
    /// the
    /// way passes, and the record is read later.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        404 | {"error_code":40403,"message":"Schema not found"}     | true
        404 | <html>no backend</html>                               | false
        404 | {"message":"no route"}                                | false
        500 | {"error_code":50001}                                  | false
        503 | busy                                                  | false
        200 | not json                                              | false
        200 | {"schemaType":"PROTOBUF","schema":"syntax"}           | true
        200 | {"schema":"{\\"type\\":\\"nothing\\"}"}               | true
        """)
    void aRecordIsMalformedOnlyByTheRegistrysOwnWord(int answerStatus, String answerBody, boolean malformed) {
        status = answerStatus;
        body = answerBody;
        assertThatThrownBy(() -> registry("").schemaOf(7))
                .isInstanceOf(malformed ? MalformedRecordException.class : RegistryUnavailableException.class);
    }

    @Test
    void userAndPasswordGoIntoTheRequestAndIntoNoMessage() {
        status = 200;
        body = "{\"schema\":\"\\\"string\\\"\"}";
        HttpSchemaRegistry registry = registry("user:s3cret@");
        assertThat(registry.schemaOf(1).getType()).hasToString("STRING");
        assertThat(authorization.get()).isEqualTo("Basic dXNlcjpzM2NyZXQ=");
        assertThat(registry.address().toString()).doesNotContain("s3cret");
    }

    private HttpSchemaRegistry registry(String user) {
        return new HttpSchemaRegistry(
                "http://" + user + "127.0.0.1:" + server.getAddress().getPort());
    }
}
