package io.tollgate.server.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.config.PortChoice;
import io.tollgate.server.config.Setting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Plain HTTP, as any stock client sends it.
class EmbeddedSchemaRegistryIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ONE = record("");
    private static final String TWO = record(",{\"name\":\"b\",\"type\":[\"null\",\"int\"],\"default\":null}");
    private static final String BREAKING = record(",{\"name\":\"c\",\"type\":\"int\"}");

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    private EmbeddedSchemaRegistry registry;

    @BeforeEach
    void start() {
        registry = EmbeddedSchemaRegistry.start(folder, EmbeddedServices.anyPort());
    }

    @AfterEach
    void stop() {
        registry.close();
        client.close();
    }

    @Test
    void registeredSchemaIsAnsweredOnEveryRouteInTheApisForm() throws Exception {
        expect("POST", "/subjects/t-value/versions?normalize=true", body(ONE), 200, "{\"id\":1}");
        expect("POST", "/subjects/t-value/versions", body(ONE), 200, "{\"id\":1}");
        expect("POST", "/subjects/t-value/versions", body(TWO), 200, "{\"id\":2}");

        assertThat(JSON.readTree(call("GET", "/schemas/ids/1?subject=t-value", "")
                                .body())
                        .get("schema")
                        .asText())
                .isEqualTo(ONE);
        expect("GET", "/schemas/ids/1/schema", "", 200, ONE);
        expect("GET", "/schemas/ids/2/versions", "", 200, "[{\"subject\":\"t-value\",\"version\":2}]");
        expect("GET", "/schemas/ids/2/subjects", "", 200, "[\"t-value\"]");
        expect("GET", "/schemas/types", "", 200, "[\"AVRO\"]");
        expect("GET", "/subjects", "", 200, "[\"t-value\"]");
        expect("GET", "/subjects/t-value/versions", "", 200, "[1,2]");
        expect("GET", "/subjects/t-value/versions/1/schema", "", 200, ONE);
        for (var version : new String[] {"2", "latest", "-1"}) {
            var latest = JSON.readTree(
                    call("GET", "/subjects/t-value/versions/" + version, "").body());
            assertThat(latest.get("subject").asText()).isEqualTo("t-value");
            assertThat(latest.get("version").asInt()).isEqualTo(2);
            assertThat(latest.get("id").asInt()).isEqualTo(2);
            assertThat(latest.get("schema").asText()).isEqualTo(TWO);
        }
        assertThat(JSON.readTree(call("POST", "/subjects/t-value", body(ONE)).body())
                        .get("version")
                        .asInt())
                .isEqualTo(1);
        expect("GET", "/", "", 200, "{}");
        expect("GET", "/mode", "", 200, "{\"mode\":\"READWRITE\"}");
    }

    @Test
    void errorsCarryTheApisCodes() throws Exception {
        call("POST", "/subjects/t-value/versions", body(ONE));

        expectError("GET", "/schemas/ids/77", "", 404, 40403);
        expectError("GET", "/subjects/none/versions", "", 404, 40401);
        expectError("GET", "/subjects/none/versions/latest", "", 404, 40401);
        expectError("GET", "/subjects/t-value/versions/9", "", 404, 40402);
        expectError("GET", "/subjects/t-value/versions/first", "", 422, 42202);
        expectError("POST", "/subjects/none", body(ONE), 404, 40401);
        expectError("POST", "/subjects/t-value", body(TWO), 404, 40403);
        expectError("POST", "/subjects/t-value/versions", body("{\"type\":\"nothing\"}"), 422, 42201);
        expectError("POST", "/subjects/t-value/versions", "{\"schemaType\":\"JSON\",\"schema\":\"{}\"}", 422, 42201);
        expectError("POST", "/subjects/t-value/versions", body(BREAKING), 409, 409);
        expectError("POST", "/subjects/t-value/versions", "{not json", 400, 400);
        expectError("PUT", "/config", "{\"compatibility\":\"SOMETIMES\"}", 422, 42203);
        expectError("GET", "/config/t-value", "", 404, 40408);
        expectError("GET", "/schemas/ids/one", "", 404, 404);
        expectError("GET", "/contexts", "", 404, 404);
        expectError("DELETE", "/subjects/t-value", "", 405, 405);
        expectError("POST", "/subjects/t-value/versions", "x".repeat((2 << 20) + 1), 413, 413);
    }

    @Test
    void compatibilityIsSetCheckedAndEnforcedPerSubject() throws Exception {
        call("POST", "/subjects/t-value/versions", body(ONE));
        expect("GET", "/config", "", 200, "{\"compatibilityLevel\":\"BACKWARD\"}");
        expect("GET", "/config/t-value?defaultToGlobal=true", "", 200, "{\"compatibilityLevel\":\"BACKWARD\"}");
        expect("POST", "/compatibility/subjects/t-value/versions/latest", body(TWO), 200, "{\"is_compatible\":true}");
        expect("POST", "/compatibility/subjects/t-value/versions/1", body(BREAKING), 200, "{\"is_compatible\":false}");
        expect("POST", "/compatibility/subjects/new/versions", body(BREAKING), 200, "{\"is_compatible\":true}");
        assertThat(JSON.readTree(call("POST", "/compatibility/subjects/t-value/versions?verbose=true", body(BREAKING))
                                .body())
                        .get("messages"))
                .isNotEmpty();

        expect("PUT", "/config/t-value", "{\"compatibility\":\"none\"}", 200, "{\"compatibility\":\"NONE\"}");
        expect("GET", "/config/t-value", "", 200, "{\"compatibilityLevel\":\"NONE\"}");
        expect("POST", "/subjects/t-value/versions", body(BREAKING), 200, "{\"id\":2}");
        expect("DELETE", "/config/t-value", "", 200, "{\"compatibilityLevel\":\"NONE\"}");
        expect("PUT", "/config", "{\"compatibility\":\"FULL\"}", 200, "{\"compatibility\":\"FULL\"}");
        expectError("POST", "/subjects/t-value/versions", body(BREAKING.replace("\"c\"", "\"d\"")), 409, 409);
    }

    @Test
    void numbersAndLevelsStayOverARestart() throws Exception {
        call("POST", "/subjects/a%2Fb%20c/versions", body(ONE));
        call("POST", "/subjects/t-value/versions", body(TWO));
        call("PUT", "/config", "{\"compatibility\":\"FULL_TRANSITIVE\"}");

        registry.close();
        Files.writeString(folder.resolve("schemas.jsonl"), "{\"fact\":\"version\",\"subj", StandardOpenOption.APPEND);
        registry = EmbeddedSchemaRegistry.start(folder, EmbeddedServices.anyPort());

        expect("GET", "/subjects", "", 200, "[\"a/b c\",\"t-value\"]");
        expect("GET", "/schemas/ids/1/schema", "", 200, ONE);
        expect("GET", "/schemas/ids/2/schema", "", 200, TWO);
        expect("GET", "/config", "", 200, "{\"compatibilityLevel\":\"FULL_TRANSITIVE\"}");
        expect("POST", "/subjects/t-value/versions", body(ONE), 200, "{\"id\":1}");
    }

    @Test
    void sameSchemaPostedByManyAtOnceGetsOneNumber() throws Exception {
        try (var many = Executors.newVirtualThreadPerTaskExecutor()) {
            var calls = new ArrayList<Callable<String>>();
            for (var i = 0; i < 40; i++) {
                calls.add(() ->
                        call("POST", "/subjects/t-value/versions", body(ONE)).body());
            }
            for (var answer : many.invokeAll(calls)) {
                assertThat(answer.get()).isEqualTo("{\"id\":1}");
            }
        }
        expect("GET", "/subjects/t-value/versions", "", 200, "[1]");
    }

    @Test
    void takenPortAndDamagedFileEndInASentence() throws Exception {
        try (var taker = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var choice = new PortChoice(Setting.TOLLGATE_REGISTRY_PORT, taker.getLocalPort(), true);
            assertThatThrownBy(() -> EmbeddedSchemaRegistry.start(folder.resolve("other"), choice))
                    .isInstanceOf(CannotStartException.class)
                    .hasMessageContaining("TOLLGATE_REGISTRY_PORT");
        }
        var damaged = Files.createDirectory(folder.resolve("damaged"));
        Files.writeString(damaged.resolve("schemas.jsonl"), "what is this\n");
        assertThatThrownBy(() -> EmbeddedSchemaRegistry.start(damaged, EmbeddedServices.anyPort()))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("line 1 cannot be read");
    }

    private void expect(String method, String path, String body, int status, String answer) throws Exception {
        var response = call(method, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).isEqualTo(answer);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/vnd.schemaregistry.v1+json");
    }

    private void expectError(String method, String path, String body, int status, int code) throws Exception {
        var response = call(method, path, body);
        assertThat(response.statusCode())
                .as(method + " " + path + ": " + response.body())
                .isEqualTo(status);
        JsonNode error = JSON.readTree(response.body());
        assertThat(error.get("error_code").asInt()).isEqualTo(code);
        assertThat(error.get("message").asText()).isNotBlank();
    }

    private HttpResponse<String> call(String method, String path, String body)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(registry.url() + path))
                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    private static String body(String schema) {
        return JSON.createObjectNode().put("schema", schema).toString();
    }

    private static String record(String moreFields) {
        return "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"}" + moreFields
                + "]}";
    }
}
