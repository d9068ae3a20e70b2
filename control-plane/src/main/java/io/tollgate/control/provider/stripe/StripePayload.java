package io.tollgate.control.provider.stripe;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.control.provider.EventSource;
import io.tollgate.control.provider.ReceivedEvent;
import io.tollgate.http.JsonBody;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/// The body of a webhook of Stripe.
public final class StripePayload {
    private static final int DEPTH_MAX = 32;

    private static final JsonMapper JSON = JsonMapper.builder()
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

    private StripePayload() {}

    /// @throws IllegalArgumentException saying what is wrong with the body
    public static ReceivedEvent read(EventSource source, byte[] body) {
        JsonNode root;
        try {
            root = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException("it cannot be read", e);
        }
        if (!(root instanceof ObjectNode event)) {
            throw new IllegalArgumentException("a JSON object is expected");
        }
        if (!JsonBody.storable(event)) {
            throw new IllegalArgumentException("it contains U+0000 or half of a surrogate pair");
        }
        if (!event.path("data").isObject()) {
            throw new IllegalArgumentException("data is missing");
        }
        return new ReceivedEvent(source, name(event, "id"), name(event, "type"), event, created(event));
    }

    private static String name(ObjectNode event, String member) {
        String name = event.path(member).asText("");
        if (!event.path(member).isTextual()
                || name.isBlank()
                || name.length() > ReceivedEvent.NAME_LENGTH_MAX
                || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(member + " is missing");
        }
        return name;
    }

    private static Optional<Instant> created(ObjectNode event) {
        JsonNode created = event.path("created");
        if (created.isMissingNode() || created.isNull()) {
            return Optional.empty();
        }
        return Optional.of(UnixTime.of(created)
                .orElseThrow(() -> new IllegalArgumentException("created is no time in seconds since 1970")));
    }
}
