package io.tollgate.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The JSON object that a management request carries, read strictly: UTF-8, no member twice, nothing after the object.
/// Unknown members are ignored. What is wrong with a field is raised as the business dialect publishes it.
public final class JsonBody {
    /// Largest body of a management call.
    private static final int BYTES_MAX = 1_000_000;

    private static final int DEPTH_MAX = 32;
    private static final String BAD_REQUEST = "Bad Request";
    private static final String UNSTORABLE = "must not contain U+0000 or half of a surrogate pair";

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    static {
        JSON.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEPTH_MAX)
                        .build());
    }

    private final JsonNode object;
    private final String sentence;
    private final String title;

    private JsonBody(JsonNode object, String sentence, String title) {
        this.object = object;
        this.sentence = sentence;
        this.title = title;
    }

    /// A body of the business dialect.
    ///
    /// @param sentence what the route says of a body that it does not take
    /// @throws Problem if the body is not a JSON object, or is sent as something else
    public static JsonBody of(HttpRequest<byte[]> request, String sentence) {
        return of(request, sentence, BAD_REQUEST);
    }

    /// As [#of], where the route publishes a title of its own.
    ///
    /// @param title what stands in `error` of a body that the route does not take
    public static JsonBody of(HttpRequest<byte[]> request, String sentence, String title) {
        request.getContentType().ifPresent(JsonBody::requireJson);
        return new JsonBody(object(request, sentence, title), sentence, title);
    }

    /// A part of a body that is an object itself.
    public JsonBody within(ObjectNode part) {
        return new JsonBody(part, sentence, title);
    }

    /// As [#of]; no body at all is an empty object.
    public static JsonBody ofOptional(HttpRequest<byte[]> request, String sentence) {
        return request.getBody().orElse(new byte[0]).length == 0
                ? new JsonBody(JsonNodeFactory.instance.objectNode(), sentence, BAD_REQUEST)
                : of(request, sentence);
    }

    /// The bare object of a body of the business dialect, whose type must be JSON. Numbers are exact decimals.
    ///
    /// @param sentence what the route says of a body that it does not take
    /// @throws Problem if the body is not a JSON object, or is sent as something else
    public static JsonNode businessObject(HttpRequest<byte[]> request, String sentence) {
        request.getContentType().ifPresent(JsonBody::requireJson);
        return object(request, sentence, "Bad Request");
    }

    /// The bare object of a body of the events dialect, which tells what is wrong with a field in other words and reads
    /// every content type as JSON. Numbers are exact decimals.
    ///
    /// @param title what stands in `error` of a body that is not a JSON object
    /// @throws Problem if the body is not a JSON object
    public static JsonNode object(HttpRequest<byte[]> request, String sentence, String title) {
        byte[] bytes = request.getBody().orElse(new byte[0]);
        if (bytes.length > BYTES_MAX) {
            throw Problem.of(ErrorCode.BODY_TOO_LARGE, "Request body exceeds maximum size of 1MB")
                    .with("max_bytes", BYTES_MAX);
        }
        JsonNode object;
        try {
            object = JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, sentence + ": " + e.getOriginalMessage())
                    .titled(title);
        } catch (IOException e) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, sentence).titled(title);
        }
        if (object == null || !object.isObject()) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, sentence + ": a JSON object is expected")
                    .titled(title);
        }
        return object;
    }

    private static void requireJson(MediaType type) {
        boolean json = type.getExtension().equals("json")
                || type.getSubtype().equals("json")
                || type.getSubtype().endsWith("+json");
        if (!json) {
            throw Problem.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send application/json, not " + type.getName() + ".");
        }
    }

    /// The text of a member that must be there, as `reader` makes it; `reader` says with an [IllegalArgumentException]
    /// what is wrong with it.
    public <T> T required(String field, Function<String, T> reader) {
        return optional(field, reader).orElseThrow(() -> invalid(field, "missing", "is required"));
    }

    /// The text of a member; absent if it is not sent or null.
    public <T> Optional<T> optional(String field, Function<String, T> reader) {
        JsonNode value = object.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw invalid(field, "invalid_type", "must be a string");
        }
        if (!storable(value)) {
            throw invalid(field, "invalid_value", UNSTORABLE);
        }
        try {
            return Optional.of(reader.apply(value.textValue()));
        } catch (IllegalArgumentException e) {
            throw invalid(field, "invalid_value", String.valueOf(e.getMessage()));
        }
    }

    /// The text of a member that has two names, of which the first wins.
    public <T> Optional<T> optional(String field, String alias, Function<String, T> reader) {
        return optional(object.path(field).isMissingNode() ? alias : field, reader);
    }

    /// A member that is a JSON object; absent if it is not sent or null.
    public Optional<ObjectNode> optionalObject(String field) {
        JsonNode value = object.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!(value instanceof ObjectNode found)) {
            throw invalid(field, "invalid_type", "must be an object");
        }
        if (!storable(found)) {
            throw invalid(field, "invalid_value", UNSTORABLE);
        }
        return Optional.of(found);
    }

    /// A member as it was sent; a missing node if it was not.
    public JsonNode member(String field) {
        return object.path(field);
    }

    /// Whether every text in `node` can be stored: PostgreSQL takes neither the character U+0000 nor half of a
    /// surrogate pair.
    public static boolean storable(JsonNode node) {
        if (node.isTextual()) {
            return storable(node.textValue());
        }
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (!storable(member.getKey()) || !storable(member.getValue())) {
                return false;
            }
        }
        if (node.isArray()) {
            for (JsonNode element : node) {
                if (!storable(element)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean storable(String text) {
        return text.indexOf('\0') < 0 && StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    /// The problem that a field has.
    public Problem invalid(String field, String errorType, String message) {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("field", field);
        details.put("error_type", errorType);
        details.put("message", message);
        return Problem.of(ErrorCode.VALIDATION_FAILED, sentence).titled(title).withDetails(details);
    }
}
