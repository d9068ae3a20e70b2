package io.tollgate.contract.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/// A registry reached over Confluent's REST API. Answers are kept for the life of the process: an id never changes its
/// meaning, and this installation has a few dozen schemas.
public final class HttpSchemaRegistry implements SchemaRegistry {
    private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
    /// The REST API's own code for an id it does not know.
    private static final int SCHEMA_NOT_FOUND = 40403;

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI base;
    private final Optional<String> authorization;
    private final HttpClient http;
    private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
    private final Map<String, Integer> ids = new ConcurrentHashMap<>();

    /// @param url base address, for example `http://localhost:8081`; user and password may stand in it
    public HttpSchemaRegistry(String url) {
        URI given = URI.create(url.endsWith("/") ? url : url + "/");
        this.authorization = Optional.ofNullable(given.getUserInfo())
                .map(user -> "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
        this.base = withoutUser(given);
        this.http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    }

    /// Where the registry is, without user and password.
    public URI address() {
        return base;
    }

    @Override
    public int register(String subject, Schema schema) {
        String text = schema.toString();
        Integer known = ids.get(subject + '\n' + text);
        if (known != null) {
            return known;
        }
        String body = JsonNodeFactory.instance.objectNode().put("schema", text).toString();
        String path = "subjects/" + URLEncoder.encode(subject, StandardCharsets.UTF_8) + "/versions";
        HttpResponse<String> answer = send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
        if (answer.statusCode() == 409 || answer.statusCode() == 422) {
            throw new IllegalStateException(
                    "the schema registry refuses the schema of " + subject + ": " + answer.body());
        }
        int id = json(answer).path("id").intValue();
        ids.put(subject + '\n' + text, id);
        schemas.put(id, schema);
        return id;
    }

    @Override
    public Schema schemaOf(int id) {
        Schema known = schemas.get(id);
        if (known != null) {
            return known;
        }
        HttpResponse<String> answer = send(request("schemas/ids/" + id).GET());
        if (answer.statusCode() == 404 && unknownSchema(answer.body())) {
            throw new MalformedRecordException("the schema registry knows no schema with id " + id);
        }
        Schema schema = avro(id, json(answer));
        schemas.put(id, schema);
        return schema;
    }

    /// A 404 of the registry itself, not of something in front of it while the registry is away.
    private static boolean unknownSchema(String body) {
        try {
            return JSON.readTree(body).path("error_code").asInt() == SCHEMA_NOT_FOUND;
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    /// A registry may hold schemas of other kinds for other systems; a record that names one is none of ours.
    private static Schema avro(int id, JsonNode answer) {
        String kind = answer.path("schemaType").asText("AVRO");
        if (!kind.equals("AVRO") || !answer.path("schema").isTextual()) {
            throw new MalformedRecordException("schema " + id + " is not an Avro schema but " + kind);
        }
        try {
            return new Schema.Parser().parse(answer.path("schema").textValue());
        } catch (AvroRuntimeException e) {
            throw new MalformedRecordException("schema " + id + " is not an Avro schema", e);
        }
    }

    /// So that no message and no log line shows the password.
    private static URI withoutUser(URI given) {
        try {
            return new URI(given.getScheme(), null, given.getHost(), given.getPort(), given.getPath(), null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not the address of a schema registry", e);
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(TIMEOUT)
                .header("Accept", MEDIA_TYPE)
                .header("Content-Type", MEDIA_TYPE);
        authorization.ifPresent(credential -> request.header("Authorization", credential));
        return request;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new RegistryUnavailableException("the schema registry at " + base + " does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryUnavailableException("interrupted while asking the schema registry", e);
        }
    }

    private JsonNode json(HttpResponse<String> answer) {
        if (answer.statusCode() != 200) {
            throw new RegistryUnavailableException(
                    "the schema registry at " + base + " answers " + answer.statusCode() + ": " + answer.body());
        }
        try {
            return JSON.readTree(answer.body());
        } catch (JsonProcessingException e) {
            throw new RegistryUnavailableException("the schema registry at " + base + " answers no JSON", e);
        }
    }
}
