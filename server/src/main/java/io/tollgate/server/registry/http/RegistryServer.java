package io.tollgate.server.registry.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.util.RawValue;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tollgate.server.registry.Compatibility;
import io.tollgate.server.registry.Outcome;
import io.tollgate.server.registry.Refusal;
import io.tollgate.server.registry.SchemaStore;
import io.tollgate.server.registry.SubjectVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves a [SchemaStore] at an address of its own, with the routes that stock clients call. Other routes answer 404,
/// other methods 405, both with the API's error body.
public final class RegistryServer implements AutoCloseable {
    /// The largest body taken. The product's schemas have a few kilobytes, generated ones of others a few hundred.
    static final int BODY_BYTES_MAX = 2 << 20;

    /// Requests worked on at once; each holds one body. Clients ask once per schema and remember, so more is a fault.
    static final int REQUESTS_MAX = 64;

    private static final Logger LOG = LoggerFactory.getLogger(RegistryServer.class);

    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private static final int BACKLOG = 128;

    private final HttpServer server;
    private final ExecutorService workers;
    private final SchemaStore store;
    private final Semaphore places = new Semaphore(REQUESTS_MAX);

    private RegistryServer(HttpServer server, ExecutorService workers, SchemaStore store) {
        this.server = server;
        this.workers = workers;
        this.store = store;
    }

    /// Listens and serves until closed. Throws IOException if the address is taken.
    public static RegistryServer start(InetSocketAddress address, SchemaStore store) throws IOException {
        // The JDK's server otherwise delays small answers on kept connections by 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        var http = HttpServer.create(address, BACKLOG);
        var workers = Executors.newVirtualThreadPerTaskExecutor();
        var server = new RegistryServer(http, workers, store);
        http.setExecutor(workers);
        http.createContext("/", server::serve);
        http.start();
        return server;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /// Stops listening and ends what is under way; a fact that is being stored is stored or cut off whole.
    @Override
    public void close() {
        server.stop(0);
        workers.close();
    }

    /// A body and its status.
    private record Answer(int status, JsonNode body) {
        static Answer ok(JsonNode body) {
            return new Answer(200, body);
        }

        static Answer error(int status, int code, String message) {
            return new Answer(
                    status, JSON.createObjectNode().put("error_code", code).put("message", message));
        }

        static Answer refused(Refusal refusal, String message) {
            return error(refusal.status(), refusal.code(), message);
        }
    }

    /// A request taken apart.
    ///
    /// @param path the decoded segments, none empty
    private record Request(String method, List<String> path, String query, JsonNode body) {
        boolean is(String wanted, int segments) {
            return method.equals(wanted) && path.size() == segments;
        }

        boolean flag(String name) {
            return Arrays.asList(query.split("&", -1)).contains(name + "=true");
        }

        String schema() {
            return body.path("schema").asText();
        }
    }

    // Requests come from outside, so whatever goes wrong with one must end in an answer.
    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!places.tryAcquire()) {
                exchange.getResponseHeaders().set("Retry-After", "1");
                send(exchange, Answer.error(503, 50301, "Too many requests at once"));
                return;
            }
            try {
                send(exchange, answer(exchange));
            } finally {
                places.release();
            }
        }
    }

    private Answer answer(HttpExchange exchange) {
        try {
            var bytes = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1);
            if (bytes.length > BODY_BYTES_MAX) {
                return Answer.error(413, 413, "The body has more than " + BODY_BYTES_MAX + " bytes");
            }
            var uri = exchange.getRequestURI();
            var path = Arrays.stream(uri.getRawPath().split("/", -1))
                    .filter(segment -> !segment.isEmpty())
                    .map(segment -> URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8))
                    .toList();
            var query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
            var body = bytes.length == 0 ? JSON.createObjectNode() : JSON.readTree(bytes);
            return route(new Request(exchange.getRequestMethod(), path, query, body));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return Answer.error(400, 400, "The request cannot be read: " + firstLine(String.valueOf(e.getMessage())));
        } catch (IOException | RuntimeException | StackOverflowError e) {
            LOG.error("The schema registry failed on {} {}", exchange.getRequestMethod(), exchange.getRequestURI(), e);
            return Answer.error(500, 50001, "Error in the backend data store");
        }
    }

    private Answer route(Request request) {
        var answer = request.path().isEmpty()
                ? Optional.of(Answer.ok(JSON.createObjectNode()))
                : switch (request.path().getFirst()) {
                    case "schemas" -> schemas(request);
                    case "subjects" -> subjects(request);
                    case "config" -> config(request);
                    case "mode" ->
                        request.is("GET", 1)
                                ? Optional.of(Answer.ok(JSON.createObjectNode().put("mode", "READWRITE")))
                                : Optional.<Answer>empty();
                    case "compatibility" -> compatibility(request);
                    default -> Optional.<Answer>empty();
                };
        return answer.orElseGet(() -> List.of("GET", "POST").contains(request.method())
                ? Answer.error(404, 404, "HTTP 404 Not Found")
                : Answer.error(405, 405, "HTTP 405 Method Not Allowed"));
    }

    // /schemas/types, /schemas/ids/{id}[/schema|/subjects|/versions]
    private Optional<Answer> schemas(Request request) {
        var path = request.path();
        if (request.is("GET", 2) && path.get(1).equals("types")) {
            return Optional.of(Answer.ok(JSON.createArrayNode().add("AVRO")));
        }
        if (!request.method().equals("GET") || path.size() < 3 || !path.get(1).equals("ids")) {
            return Optional.empty();
        }
        int id;
        try {
            id = Integer.parseInt(path.get(2));
        } catch (NumberFormatException e) {
            return Optional.of(Answer.error(404, 404, "HTTP 404 Not Found"));
        }
        if (path.size() == 3) {
            return Optional.of(
                    answer(store.schema(id), text -> JSON.createObjectNode().put("schema", text)));
        }
        return switch (path.size() == 4 ? path.get(3) : "") {
            case "schema" -> Optional.of(answer(store.schema(id), RegistryServer::verbatim));
            case "subjects" ->
                Optional.of(answer(
                        store.uses(id),
                        uses -> array(uses.stream()
                                .map(SubjectVersion::subject)
                                .distinct()
                                .toList())));
            case "versions" ->
                Optional.of(answer(store.uses(id), uses -> {
                    var versions = JSON.createArrayNode();
                    uses.forEach(use ->
                            versions.addObject().put("subject", use.subject()).put("version", use.version()));
                    return versions;
                }));
            default -> Optional.empty();
        };
    }

    // /subjects, /subjects/{subject}, /subjects/{subject}/versions[/{version}[/schema]]
    private Optional<Answer> subjects(Request request) {
        var path = request.path();
        if (request.is("GET", 1)) {
            return Optional.of(Answer.ok(array(store.subjects())));
        }
        if (request.is("POST", 2)) {
            return Optional.of(withAvro(
                    request, () -> answer(store.lookUp(path.get(1), request.schema()), RegistryServer::published)));
        }
        if (path.size() < 3 || !path.get(2).equals("versions")) {
            return Optional.empty();
        }
        var subject = path.get(1);
        if (request.is("POST", 3)) {
            return Optional.of(withAvro(
                    request,
                    () -> answer(
                            store.register(subject, request.schema()),
                            version -> JSON.createObjectNode().put("id", version.id()))));
        }
        if (request.is("GET", 3)) {
            return Optional.of(answer(store.versionNumbers(subject), numbers -> {
                var array = JSON.createArrayNode();
                numbers.forEach(array::add);
                return array;
            }));
        }
        if (request.is("GET", 4)) {
            return Optional.of(answer(store.version(subject, path.get(3)), RegistryServer::published));
        }
        if (request.is("GET", 5) && path.get(4).equals("schema")) {
            return Optional.of(answer(store.version(subject, path.get(3)), version -> verbatim(version.schema())));
        }
        return Optional.empty();
    }

    // /config, /config/{subject}
    private Optional<Answer> config(Request request) {
        var path = request.path();
        if (path.size() > 2) {
            return Optional.empty();
        }
        return switch (request.method()) {
            case "GET" -> Optional.of(level(request));
            case "PUT" ->
                Optional.of(
                        Compatibility.named(request.body().path("compatibility").asText())
                                .map(level -> setLevel(path, level))
                                .orElseGet(() -> Answer.refused(
                                        Refusal.INVALID_LEVEL,
                                        "Invalid compatibility level. Valid values are none, backward, forward, full,"
                                                + " backward_transitive, forward_transitive, and full_transitive")));
            case "DELETE" -> {
                if (path.size() == 2) {
                    yield Optional.of(answer(store.clearLevel(path.get(1)), RegistryServer::compatibilityLevel));
                }
                var before = store.defaultLevel();
                store.setDefaultLevel(Compatibility.BACKWARD);
                yield Optional.of(Answer.ok(compatibilityLevel(before)));
            }
            default -> Optional.empty();
        };
    }

    private Answer level(Request request) {
        if (request.path().size() == 1) {
            return Answer.ok(compatibilityLevel(store.defaultLevel()));
        }
        var subject = request.path().get(1);
        var own = store.ownLevel(subject);
        if (own.isEmpty() && !request.flag("defaultToGlobal")) {
            return Answer.refused(
                    Refusal.SUBJECT_LEVEL_NOT_SET,
                    "Subject '" + subject + "' does not have subject-level compatibility configured");
        }
        return Answer.ok(compatibilityLevel(own.orElseGet(store::defaultLevel)));
    }

    private Answer setLevel(List<String> path, Compatibility level) {
        if (path.size() == 2) {
            return answer(
                    store.setLevel(path.get(1), level),
                    set -> JSON.createObjectNode().put("compatibility", set.name()));
        }
        store.setDefaultLevel(level);
        return Answer.ok(JSON.createObjectNode().put("compatibility", level.name()));
    }

    // /compatibility/subjects/{subject}/versions[/{version}]
    private Optional<Answer> compatibility(Request request) {
        var path = request.path();
        if (!request.method().equals("POST")
                || path.size() < 4
                || path.size() > 5
                || !path.get(1).equals("subjects")
                || !path.get(3).equals("versions")) {
            return Optional.empty();
        }
        return Optional.of(withAvro(request, () -> {
            var objections = path.size() == 4
                    ? store.objections(path.get(2), request.schema())
                    : store.objections(path.get(2), path.get(4), request.schema());
            return answer(objections, found -> {
                var body = JSON.createObjectNode().put("is_compatible", found.isEmpty());
                if (request.flag("verbose")) {
                    body.set("messages", array(found));
                }
                return body;
            });
        }));
    }

    private static Answer withAvro(Request request, Supplier<Answer> then) {
        var type = request.body().path("schemaType").asText("AVRO");
        if (!type.equals("AVRO")) {
            return Answer.refused(Refusal.INVALID_SCHEMA, "Schemas of type " + type + " are not kept here, only AVRO");
        }
        if (!request.body().path("references").isEmpty()) {
            return Answer.refused(
                    Refusal.INVALID_SCHEMA, "References are not followed here: put the referred types into the schema");
        }
        return then.get();
    }

    private static <T> Answer answer(Outcome<T> outcome, Function<? super T, JsonNode> body) {
        return switch (outcome) {
            case Outcome.Done<T> done -> Answer.ok(body.apply(done.value()));
            case Outcome.Refused<T> refused -> Answer.refused(refused.refusal(), refused.message());
        };
    }

    private static JsonNode published(SubjectVersion version) {
        return JSON.createObjectNode()
                .put("subject", version.subject())
                .put("version", version.version())
                .put("id", version.id())
                .put("schema", version.schema());
    }

    private static JsonNode compatibilityLevel(Compatibility level) {
        return JSON.createObjectNode().put("compatibilityLevel", level.name());
    }

    private static JsonNode array(List<String> texts) {
        var array = JSON.createArrayNode();
        texts.forEach(array::add);
        return array;
    }

    // Written as it is stored: these routes answer the schema itself, not a text that holds it.
    private static JsonNode verbatim(String schema) {
        return JSON.getNodeFactory().rawValueNode(new RawValue(schema));
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        var bytes = JSON.writeValueAsBytes(answer.body());
        exchange.getResponseHeaders().set("Content-Type", CONTENT_TYPE);
        exchange.sendResponseHeaders(answer.status(), bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
