package io.tollgate.control.ratelimit.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.control.ratelimit.RateLimitTerms;
import io.tollgate.http.BodyFields;
import io.tollgate.metering.ratelimit.RouteKind;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// A rate limit as a request writes it: whole, or the part of one that changes.
final class RateLimitBody {
    private static final String[] KEY = {"api_key_id"};
    private static final String[] PER_SECOND = {"requests_per_second"};
    private static final String[] PER_MINUTE = {"requests_per_minute"};
    private static final String[] PER_HOUR = {"requests_per_hour"};
    private static final String[] BURST = {"burst_limit"};
    private static final String[] APPLIES_TO = {"applies_to"};

    /// Longest id of a key in characters.
    private static final int KEY_LENGTH_MAX = 100;

    private static final Set<RouteKind> EVENTS = EnumSet.of(RouteKind.EVENTS);

    private final BodyFields fields;

    RateLimitBody(JsonNode object) {
        this.fields = new BodyFields(object);
    }

    /// @throws Problem saying everything that is wrong
    RateLimitTerms draft() {
        return terms(
                key(),
                most(PER_SECOND),
                most(PER_MINUTE),
                most(PER_HOUR),
                most(BURST),
                appliesTo().orElse(EVENTS));
    }

    /// What is absent stays; what is null goes.
    ///
    /// @throws Problem saying everything that is wrong
    RateLimitTerms changed(RateLimitTerms before) {
        return terms(
                fields.sent(KEY) ? key() : before.keyId(),
                fields.sent(PER_SECOND) ? most(PER_SECOND) : before.perSecond(),
                fields.sent(PER_MINUTE) ? most(PER_MINUTE) : before.perMinute(),
                fields.sent(PER_HOUR) ? most(PER_HOUR) : before.perHour(),
                fields.sent(BURST) ? most(BURST) : before.burst(),
                appliesTo().orElse(before.appliesTo()));
    }

    private RateLimitTerms terms(
            Optional<String> key,
            Optional<Integer> perSecond,
            Optional<Integer> perMinute,
            Optional<Integer> perHour,
            Optional<Integer> burst,
            Set<RouteKind> appliesTo) {
        if (fields.right() && perSecond.isEmpty() && perMinute.isEmpty() && perHour.isEmpty()) {
            fields.wrong(PER_SECOND[0], "REQUIRED", "is required, or one of " + PER_MINUTE[0] + " and " + PER_HOUR[0]);
        }
        fields.requireRight();
        return new RateLimitTerms(key, perSecond, perMinute, perHour, burst, appliesTo);
    }

    private Optional<String> key() {
        return fields.text(
                        text -> {
                            if (text.length() > KEY_LENGTH_MAX || text.indexOf('\0') >= 0) {
                                throw new IllegalArgumentException("must be the id of a key");
                            }
                            return text;
                        },
                        KEY)
                .filter(text -> !text.isEmpty());
    }

    private Optional<Integer> most(String... names) {
        return fields.whole(1, RateLimitTerms.REQUESTS_MAX, names);
    }

    private Optional<Set<RouteKind>> appliesTo() {
        if (!fields.sentWithValue(APPLIES_TO)) {
            return Optional.empty();
        }
        JsonNode node = fields.node(APPLIES_TO);
        Set<RouteKind> kinds = EnumSet.noneOf(RouteKind.class);
        boolean known = node.isArray() && !node.isEmpty();
        for (JsonNode element : node) {
            Optional<RouteKind> kind = element.isTextual() ? RouteKind.ofWord(element.textValue()) : Optional.empty();
            kind.ifPresent(kinds::add);
            known = known && kind.isPresent();
        }
        if (!known) {
            fields.wrong(APPLIES_TO[0], "INVALID_VALUE", "must be a list of " + RouteKind.words());
            return Optional.empty();
        }
        return Optional.of(kinds);
    }
}
