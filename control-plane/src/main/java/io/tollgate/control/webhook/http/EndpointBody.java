package io.tollgate.control.webhook.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.webhook.WebhookType;
import io.tollgate.control.webhook.EndpointTerms;
import io.tollgate.control.webhook.EndpointUrl;
import io.tollgate.http.BodyFields;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The bodies of endpoint routes.
final class EndpointBody {
    private static final int OVERLAP_SECONDS = 86_400;

    /// 30 days: a secret that is to be gone should be gone some day.
    private static final int OVERLAP_SECONDS_MAX = 2_592_000;

    private static final String URL = "url";
    private static final String EVENT_TYPES = "event_types";
    private static final String DESCRIPTION = "description";
    private static final String ENABLED = "enabled";

    private final BodyFields fields;
    private final EndpointUrl urls;

    EndpointBody(JsonNode object, EndpointUrl urls) {
        this.fields = new BodyFields(object);
        this.urls = urls;
    }

    EndpointTerms draft() {
        fields.require(URL);
        Optional<URI> url = url();
        List<String> types = fields.sentWithValue(EVENT_TYPES) ? eventTypes() : List.of(WebhookType.ANY);
        Optional<String> description = description();
        boolean enabled = fields.flag(ENABLED).orElse(true);
        fields.requireRight();
        return new EndpointTerms(url.orElseThrow(), types, description, enabled);
    }

    EndpointTerms changed(EndpointTerms before) {
        requireValue(URL);
        requireValue(EVENT_TYPES);
        requireValue(ENABLED);
        EndpointTerms changed = new EndpointTerms(
                url().orElse(before.url()),
                fields.sentWithValue(EVENT_TYPES) ? eventTypes() : before.eventTypes(),
                fields.sent(DESCRIPTION) ? description() : before.description(),
                fields.flag(ENABLED).orElse(before.enabled()));
        fields.requireRight();
        return changed;
    }

    /// How long the secret before goes on signing.
    Duration overlap() {
        Optional<Integer> seconds = fields.whole(0, OVERLAP_SECONDS_MAX, "overlap_seconds");
        fields.requireRight();
        return Duration.ofSeconds(seconds.orElse(OVERLAP_SECONDS));
    }

    private void requireValue(String field) {
        if (fields.sentAsNull(field)) {
            fields.wrong(field, "REQUIRED", "cannot be null; leave it out to keep it");
        }
    }

    private Optional<URI> url() {
        return fields.text(urls::parse, URL);
    }

    private Optional<String> description() {
        return fields.text(
                text -> {
                    if (text.length() > EndpointTerms.DESCRIPTION_LENGTH_MAX || text.indexOf('\0') >= 0) {
                        throw new IllegalArgumentException(
                                "must have at most " + EndpointTerms.DESCRIPTION_LENGTH_MAX + " characters");
                    }
                    return text;
                },
                DESCRIPTION);
    }

    private List<String> eventTypes() {
        JsonNode list = fields.node(EVENT_TYPES);
        if (!list.isArray() || list.isEmpty() || list.size() > EndpointTerms.EVENT_TYPES_MAX) {
            fields.wrong(
                    EVENT_TYPES,
                    list.isArray() ? "INVALID_VALUE" : "INVALID_TYPE",
                    "must be a list of 1 to " + EndpointTerms.EVENT_TYPES_MAX + " types");
            return List.of();
        }
        List<String> types = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String word = list.get(i).isTextual() ? list.get(i).textValue() : "";
            if (!word.equals(WebhookType.ANY) && WebhookType.ofWord(word).isEmpty()) {
                fields.wrong(
                        EVENT_TYPES + "[" + i + "]", "INVALID_VALUE", "must be * or one of " + WebhookType.words());
            } else if (!types.contains(word)) {
                types.add(word);
            }
        }
        return types;
    }
}
