package io.tollgate.ingest.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.micronaut.http.HttpHeaders;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.EventDraft;
import io.tollgate.ingest.event.EventTimeBounds;
import io.tollgate.ingest.event.FieldFault;
import io.tollgate.ingest.event.Reported;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Reads CloudEvents 1.0 in the three modes of their HTTP binding. Thread-safe.
final class CloudEvents {
    private static final String STRUCTURED_TYPE = "application/cloudevents+json";
    private static final String BATCHED_TYPE = "application/cloudevents-batch+json";
    private static final String HEADER_PREFIX = "ce-";
    private static final String VERSION_HEADER = "ce-specversion";

    /// Stands for a body that is not there.
    private static final byte[] NO_DATA = {'n', 'u', 'l', 'l'};

    private final EventTimeBounds bounds;

    CloudEvents(EventTimeBounds bounds) {
        this.bounds = bounds;
    }

    /// How a request carries them.
    enum Mode {
        /// One, as a JSON object.
        STRUCTURED,
        /// Several, as a JSON array.
        BATCHED,
        /// One: its attributes in headers, its data in the body.
        BINARY
    }

    /// Empty for a request that carries something else.
    static Optional<Mode> mode(HttpHeaders headers) {
        String type = headers.get(HttpHeaders.CONTENT_TYPE);
        String essence = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return switch (essence) {
            case STRUCTURED_TYPE -> Optional.of(Mode.STRUCTURED);
            case BATCHED_TYPE -> Optional.of(Mode.BATCHED);
            default -> headers.contains(VERSION_HEADER) ? Optional.of(Mode.BINARY) : Optional.empty();
        };
    }

    Submission read(Mode mode, HttpHeaders headers, byte[] body, Instant now) {
        EventDraft draft = new EventDraft(bounds, now);
        return switch (mode) {
            case STRUCTURED -> EventJson.reading(body, draft, CloudEvents::structured);
            case BATCHED -> EventJson.reading(body, draft, reading -> batched(reading, body.length));
            case BINARY ->
                EventJson.reading(body.length == 0 ? NO_DATA : body, draft, reading -> binary(reading, headers));
        };
    }

    private static Submission structured(EventJson.Reading reading) throws IOException {
        reading.startObject();
        reading.draft().begin(EventDraft.SINGLE);
        return single(object(reading));
    }

    private static Submission batched(EventJson.Reading reading, int bytes) throws IOException {
        JsonParser parser = reading.parser();
        if (parser.nextToken() != JsonToken.START_ARRAY) {
            throw Problem.invalid(
                    ErrorCode.VALIDATION_FAILED,
                    List.of(new Problem.FieldError("", FieldFault.INVALID_TYPE.name(), "must be an array")));
        }
        List<Reported> events = new ArrayList<>(EventJson.eventsGuess(bytes));
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (events.size() == EventJson.EVENTS_MAX) {
                throw EventJson.tooMany();
            }
            reading.draft().begin(events.size());
            events.add(object(reading));
        }
        if (events.isEmpty()) {
            throw EventJson.empty();
        }
        return new Submission(true, false, events);
    }

    private static Submission binary(EventJson.Reading reading, HttpHeaders headers) throws IOException {
        reading.draft().begin(EventDraft.SINGLE);
        CloudEvent event = new CloudEvent(reading);
        for (String header : headers.names()) {
            String name = header.toLowerCase(Locale.ROOT);
            String value = headers.get(header);
            if (name.startsWith(HEADER_PREFIX) && value != null) {
                event.attribute(name.substring(HEADER_PREFIX.length()), HeaderValue.decoded(value));
            }
        }
        if (reading.parser().nextToken() != null) {
            event.data(CloudEvent.DATA);
        }
        return single(event.finish());
    }

    private static Submission single(Reported event) {
        return new Submission(false, false, List.of(event));
    }

    /// The event that begins at the current token.
    private static Reported object(EventJson.Reading reading) throws IOException {
        JsonParser parser = reading.parser();
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return reading.draft().notAnObject();
        }
        CloudEvent event = new CloudEvent(reading);
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            switch (name) {
                case CloudEvent.DATA, CloudEvent.DATA_BASE64 -> event.data(name);
                default -> event.attribute(name);
            }
        }
        return event.finish();
    }

    /// Values of headers as the binding writes them.
    static final class HeaderValue {
        private static final int HEX = 16;

        private HeaderValue() {}

        /// The text of a value: quotes around it are no part of it, and bytes of UTF-8 may be percent-encoded.
        static String decoded(String value) {
            String plain = unquoted(value);
            if (plain.indexOf('%') < 0) {
                return plain;
            }
            byte[] text = plain.getBytes(StandardCharsets.UTF_8);
            byte[] bytes = new byte[text.length];
            int length = 0;
            for (int at = 0; at < text.length; at++) {
                int high = text[at] == '%' && at + 2 < text.length ? Character.digit(text[at + 1], HEX) : -1;
                int low = high < 0 ? -1 : Character.digit(text[at + 2], HEX);
                if (low < 0) {
                    bytes[length++] = text[at];
                } else {
                    bytes[length++] = (byte) (high * HEX + low);
                    at += 2;
                }
            }
            return new String(bytes, 0, length, StandardCharsets.UTF_8);
        }

        private static String unquoted(String value) {
            boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
            return quoted ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1") : value;
        }
    }
}
