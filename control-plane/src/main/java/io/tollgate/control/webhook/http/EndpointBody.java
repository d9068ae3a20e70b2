package io.tollgate.control.webhook.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.problem.Problem.FieldError;
import io.tollgate.contract.webhook.WebhookType;
import io.tollgate.control.webhook.EndpointTerms;
import io.tollgate.control.webhook.EndpointUrl;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The bodies of endpoint routes. What is wrong is gathered, so that the caller learns everything at once.
final class EndpointBody {
    private static final Duration OVERLAP = Duration.ofDays(1);

    /// A secret that is to be gone should be gone some day.
    private static final Duration OVERLAP_MAX = Duration.ofDays(30);

    private final JsonNode object;
    private final EndpointUrl urls;
    private final List<FieldError> errors = new ArrayList<>();

    EndpointBody(JsonNode object, EndpointUrl urls) {
        this.object = object;
        this.urls = urls;
    }

    EndpointTerms draft() {
        if (object.path("url").isMissingNode() || object.path("url").isNull()) {
            wrong("url", "REQUIRED", "is required");
        }
        Optional<URI> url = url();
        List<String> types = object.hasNonNull("event_types") ? eventTypes() : List.of(WebhookType.ANY);
        Optional<String> description = description();
        boolean enabled = !object.hasNonNull("enabled") || enabled();
        requireRight();
        return new EndpointTerms(url.orElseThrow(), types, description, enabled);
    }

    EndpointTerms changed(EndpointTerms before) {
        URI url = object.has("url") ? required("url").flatMap(there -> url()).orElse(before.url()) : before.url();
        List<String> types = object.has("event_types")
                ? required("event_types").map(there -> eventTypes()).orElse(before.eventTypes())
                : before.eventTypes();
        Optional<String> description = object.has("description") ? description() : before.description();
        boolean enabled = object.has("enabled")
                ? required("enabled").map(there -> enabled()).orElse(before.enabled())
                : before.enabled();
        requireRight();
        return new EndpointTerms(url, types, description, enabled);
    }

    /// How long the secret before goes on signing.
    Duration overlap() {
        JsonNode node = object.path("overlap_seconds");
        if (node.isMissingNode() || node.isNull()) {
            return OVERLAP;
        }
        BigDecimal seconds = node.isNumber() ? node.decimalValue() : BigDecimal.ONE.negate();
        boolean whole = seconds.signum() >= 0
                && seconds.compareTo(BigDecimal.valueOf(OVERLAP_MAX.toSeconds())) <= 0
                && seconds.stripTrailingZeros().scale() <= 0;
        if (!whole) {
            wrong(
                    "overlap_seconds",
                    node.isNumber() ? "INVALID_VALUE" : "INVALID_TYPE",
                    "must be a whole number from 0 to " + OVERLAP_MAX.toSeconds());
            requireRight();
        }
        return Duration.ofSeconds(seconds.longValue());
    }

    private Optional<JsonNode> required(String field) {
        if (object.path(field).isNull()) {
            wrong(field, "REQUIRED", "cannot be null; leave it out to keep it");
            return Optional.empty();
        }
        return Optional.of(object.path(field));
    }

    private Optional<URI> url() {
        return text("url").flatMap(text -> {
            try {
                return Optional.of(urls.parse(text));
            } catch (IllegalArgumentException e) {
                wrong("url", "INVALID_VALUE", String.valueOf(e.getMessage()));
                return Optional.empty();
            }
        });
    }

    private List<String> eventTypes() {
        JsonNode list = object.path("event_types");
        if (!list.isArray() || list.isEmpty() || list.size() > EndpointTerms.EVENT_TYPES_MAX) {
            wrong(
                    "event_types",
                    list.isArray() ? "INVALID_VALUE" : "INVALID_TYPE",
                    "must be a list of 1 to " + EndpointTerms.EVENT_TYPES_MAX + " types");
            return List.of();
        }
        List<String> types = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String word = list.get(i).asText("");
            if (!list.get(i).isTextual()
                    || (!word.equals(WebhookType.ANY)
                            && WebhookType.ofWord(word).isEmpty())) {
                wrong("event_types[" + i + "]", "INVALID_VALUE", "must be * or one of " + WebhookType.words());
            } else if (!types.contains(word)) {
                types.add(word);
            }
        }
        return types;
    }

    private Optional<String> description() {
        Optional<String> text = text("description");
        if (text.filter(value -> value.length() > EndpointTerms.DESCRIPTION_LENGTH_MAX || value.indexOf('\0') >= 0)
                .isPresent()) {
            wrong(
                    "description",
                    "INVALID_VALUE",
                    "must have at most " + EndpointTerms.DESCRIPTION_LENGTH_MAX + " characters");
        }
        return text;
    }

    private boolean enabled() {
        if (!object.path("enabled").isBoolean()) {
            wrong("enabled", "INVALID_TYPE", "must be true or false");
        }
        return object.path("enabled").asBoolean();
    }

    private Optional<String> text(String field) {
        JsonNode node = object.path(field);
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        if (!node.isTextual()) {
            wrong(field, "INVALID_TYPE", "must be a string");
            return Optional.empty();
        }
        return Optional.of(node.textValue());
    }

    private void wrong(String field, String code, String message) {
        errors.add(new FieldError(field, code, message));
    }

    private void requireRight() {
        if (!errors.isEmpty()) {
            throw Problem.invalid(ErrorCode.VALIDATION_FAILED, errors);
        }
    }
}
