package io.tollgate.ingest.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.EventDraft;
import io.tollgate.ingest.event.EventDraft.Member;
import io.tollgate.ingest.event.EventTimeBounds;
import io.tollgate.ingest.event.FieldFault;
import io.tollgate.ingest.event.MetadataWriter;
import io.tollgate.ingest.event.Reported;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads events from the bytes of a body, token by token: no tree, no second pass, numbers as they are spelled. Raises
/// a
/// [Problem] if the body as a whole cannot be read. Thread-safe.
final class EventJson {
    /// Most events in one request: bounds the answer and the time for which a request holds its memory.
    static final int EVENTS_MAX = 1_000;

    /// Deepest nesting of a body, its own object included.
    static final int DEPTH_MAX = 32;

    /// Room for the fields of an ordinary event; only a first guess for lists.
    private static final int EVENT_BYTES_GUESS = 150;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            // Names are chosen by callers: none may stay in the JVM for good.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    // Strings, names and numbers are bounded by the body; each field then has its own limit and path.
                    .maxStringLength(EventBody.BYTES_MAX)
                    .maxNameLength(EventBody.BYTES_MAX)
                    .maxNumberLength(EventBody.BYTES_MAX)
                    .build())
            .build();

    private final EventTimeBounds bounds;

    EventJson(EventTimeBounds bounds) {
        this.bounds = bounds;
    }

    /// Reads one event, or the batch in `events`.
    ///
    /// @param keyOfSingle idempotency key of a single event whose body has none
    Submission read(byte[] body, @Nullable String keyOfSingle, Instant now) {
        return reading(body, new EventDraft(bounds, now), reading -> reading.request(keyOfSingle, body.length));
    }

    /// Reads the update of one metric.
    ///
    /// @param tenantId whose metric it is; null: the organization's
    /// @param keyIfNone idempotency key of an update whose body has none
    Reported readUpdate(
            byte[] body, MeterKey meter, @Nullable TenantId tenantId, @Nullable String keyIfNone, Instant now) {
        return reading(body, new EventDraft(bounds, now), reading -> reading.update(meter, tenantId, keyIfNone));
    }

    /// What is made of the tokens of a body.
    interface Made<T> {
        T from(Reading reading) throws IOException;
    }

    /// Reads a body that is one JSON value, with what is wrong with it as a [Problem].
    static <T> T reading(byte[] body, EventDraft draft, Made<T> made) {
        checkText(body);
        try (JsonParser parser = JSON.createParser(body)) {
            T read = made.from(new Reading(parser, draft));
            if (parser.nextToken() != null) {
                throw malformed(parser, "more follows after the end of the JSON value");
            }
            return read;
        } catch (JsonProcessingException e) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, located(e) + sentence(e));
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory does not fail", e);
        }
    }

    /// Reads one event per line; empty lines are skipped.
    ///
    /// @param partial whether a line that is not JSON fails alone
    Submission readLines(byte[] body, boolean partial, Instant now) {
        checkText(body);
        EventDraft draft = new EventDraft(bounds, now);
        List<Reported> events = new ArrayList<>(eventsGuess(body.length));
        int line = 0;
        int from = 0;
        while (from < body.length) {
            int end = lineEnd(body, from);
            line++;
            if (!blank(body, from, end)) {
                if (events.size() == EVENTS_MAX) {
                    throw tooMany();
                }
                draft.begin(events.size());
                events.add(readLine(body, from, end, line, partial, draft));
            }
            from = end + 1;
        }
        if (events.isEmpty()) {
            throw empty();
        }
        return new Submission(true, partial, events);
    }

    private static Reported readLine(byte[] body, int from, int end, int line, boolean partial, EventDraft draft) {
        String message;
        try (JsonParser parser = JSON.createParser(body, from, end - from)) {
            parser.nextToken();
            Reported event = new Reading(parser, draft).event();
            if (parser.nextToken() == null) {
                return event;
            }
            message = "Line " + line + ": more follows after the end of the JSON value";
        } catch (JsonProcessingException e) {
            message = "Line " + line + ", column " + column(e) + ": " + sentence(e);
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory does not fail", e);
        }
        if (!partial) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, message);
        }
        return draft.malformed(message);
    }

    /// One pass over the tokens of one text.
    record Reading(JsonParser parser, EventDraft draft) {

        Submission request(@Nullable String keyOfSingle, int bytes) throws IOException {
            startObject();
            List<Reported> events = null;
            boolean partial = false;
            boolean partialMistyped = false;
            draft.begin(EventDraft.SINGLE);
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                switch (name) {
                    case "events" -> {
                        // From here on the request is a batch, and what else stands beside it is not looked at.
                        events = batch(bytes);
                        draft.begin(EventDraft.SINGLE);
                    }
                    case "partial" -> {
                        JsonToken value = parser.nextToken();
                        partial = value == JsonToken.VALUE_TRUE;
                        partialMistyped = !value.isBoolean();
                        parser.skipChildren();
                    }
                    default -> member(name);
                }
            }
            if (events == null) {
                keyed(keyOfSingle);
                return new Submission(false, false, List.of(draft.finish()));
            }
            if (partialMistyped) {
                throw Problem.invalid(
                        ErrorCode.VALIDATION_FAILED,
                        List.of(new Problem.FieldError(
                                "partial", FieldFault.INVALID_TYPE.name(), "must be true or false")));
            }
            return new Submission(true, partial, events);
        }

        Reported update(MeterKey meter, @Nullable TenantId tenantId, @Nullable String keyIfNone) throws IOException {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw malformed(parser, "the body is empty");
            }
            draft.begin(EventDraft.SINGLE);
            if (first != JsonToken.START_OBJECT) {
                parser.skipChildren();
                return draft.notAnObject();
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                switch (name) {
                    case "value" -> value(Member.QUANTITY, 0, name);
                    case "quantity" -> value(Member.QUANTITY, 1, name);
                    case "metadata" -> value(Member.METADATA, 0, name);
                    case "timestamp" -> value(Member.EVENT_TIME, 0, name);
                    case "idempotency_key" -> value(Member.IDEMPOTENCY_KEY, 0, name);
                    default -> skip();
                }
            }
            keyed(keyIfNone);
            return draft.finishUpdate(meter, tenantId);
        }

        /// Goes into the body's object; other bodies are refused.
        void startObject() throws IOException {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw malformed(parser, "the body is empty");
            }
            if (first != JsonToken.START_OBJECT) {
                throw Problem.invalid(
                        ErrorCode.VALIDATION_FAILED,
                        List.of(new Problem.FieldError("", FieldFault.INVALID_TYPE.name(), "must be an object")));
            }
        }

        void keyed(@Nullable String keyIfNone) {
            if (keyIfNone != null && !draft.has(Member.IDEMPOTENCY_KEY)) {
                draft.text(Member.IDEMPOTENCY_KEY, 0, RequestOptions.IDEMPOTENCY_KEY, keyIfNone);
            }
        }

        private List<Reported> batch(int bytes) throws IOException {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw Problem.invalid(
                        ErrorCode.VALIDATION_FAILED,
                        List.of(new Problem.FieldError("events", FieldFault.INVALID_TYPE.name(), "must be an array")));
            }
            List<Reported> events = new ArrayList<>(eventsGuess(bytes));
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (events.size() == EVENTS_MAX) {
                    throw tooMany();
                }
                draft.begin(events.size());
                events.add(event());
            }
            if (events.isEmpty()) {
                throw empty();
            }
            return events;
        }

        /// The event that begins at the current token.
        Reported event() throws IOException {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                return draft.notAnObject();
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                member(name);
            }
            return draft.finish();
        }

        void member(String name) throws IOException {
            switch (name) {
                case "event_type" -> value(Member.METER, 0, name);
                case "metric_name" -> value(Member.METER, 1, name);
                case "meter" -> value(Member.METER, 2, name);
                case "tenant_id" -> value(Member.TENANT, 0, name);
                case "customer_id" -> value(Member.TENANT, 1, name);
                case "quantity" -> value(Member.QUANTITY, 0, name);
                case "value" -> value(Member.QUANTITY, 1, name);
                case "metadata" -> value(Member.METADATA, 0, name);
                case "timestamp" -> value(Member.EVENT_TIME, 0, name);
                case "idempotency_key" -> value(Member.IDEMPOTENCY_KEY, 0, name);
                default -> skip();
            }
        }

        void value(Member member, int rank, String name) throws IOException {
            if (!draft.takes(member, rank)) {
                skip();
                return;
            }
            switch (parser.nextToken()) {
                case VALUE_STRING -> draft.text(member, rank, name, parser.getText());
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                    draft.number(
                            member,
                            rank,
                            name,
                            parser.getTextCharacters(),
                            parser.getTextOffset(),
                            parser.getTextLength());
                case VALUE_NULL -> {
                    // Many clients write an unset member as null. For what is optional that means absent; a quantity
                    // that became null by mistake must not be counted as one.
                    if (member == Member.QUANTITY || member == Member.TENANT || member == Member.METER) {
                        draft.wrongType(member, rank, name);
                    }
                }
                case START_OBJECT -> {
                    if (member == Member.METADATA) {
                        copy(draft.metadata(name));
                    } else {
                        draft.wrongType(member, rank, name);
                        parser.skipChildren();
                    }
                }
                default -> {
                    draft.wrongType(member, rank, name);
                    parser.skipChildren();
                }
            }
        }

        /// Copies the value that begins at the current token.
        void copy(MetadataWriter out) throws IOException {
            int open = 0;
            for (JsonToken token = parser.currentToken(); ; token = parser.nextToken()) {
                switch (token) {
                    case START_OBJECT -> {
                        open++;
                        out.startObject();
                    }
                    case END_OBJECT -> {
                        open--;
                        out.endObject();
                    }
                    case START_ARRAY -> {
                        open++;
                        out.startArray();
                    }
                    case END_ARRAY -> {
                        open--;
                        out.endArray();
                    }
                    case FIELD_NAME -> out.name(parser.currentName());
                    case VALUE_STRING -> out.string(parser.getText());
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                        out.number(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
                    case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> out.word(parser.getText());
                    case NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                        throw new IllegalStateException("no JSON text has a token " + token);
                }
                if (open == 0) {
                    return;
                }
            }
        }

        void skip() throws IOException {
            parser.nextToken();
            parser.skipChildren();
        }
    }

    private static void checkText(byte[] body) {
        // The parser takes text for UTF-16 or UTF-32 if a zero is among its first bytes.
        for (int i = 0; i < Math.min(4, body.length); i++) {
            if (body[i] == 0) {
                throw Problem.of(ErrorCode.MALFORMED_JSON, "The body is not UTF-8.");
            }
        }
        if (!Utf8.isValid(body)) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, "The body is not UTF-8.");
        }
    }

    static int eventsGuess(int bytes) {
        return Math.min(EVENTS_MAX, 1 + bytes / EVENT_BYTES_GUESS);
    }

    private static int lineEnd(byte[] body, int from) {
        int at = from;
        while (at < body.length && body[at] != '\n') {
            at++;
        }
        return at;
    }

    private static boolean blank(byte[] body, int from, int end) {
        for (int i = from; i < end; i++) {
            if (body[i] != ' ' && body[i] != '\t' && body[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    static Problem tooMany() {
        return Problem.invalid(
                ErrorCode.VALIDATION_FAILED,
                List.of(new Problem.FieldError(
                        "events", FieldFault.TOO_LONG.name(), "must have at most " + EVENTS_MAX + " events")));
    }

    static Problem empty() {
        return Problem.invalid(
                ErrorCode.VALIDATION_FAILED,
                List.of(new Problem.FieldError("events", FieldFault.REQUIRED.name(), "must have at least one event")));
    }

    private static Problem malformed(JsonParser parser, String sentence) {
        var location = parser.currentLocation();
        return Problem.of(
                ErrorCode.MALFORMED_JSON,
                "Line " + location.getLineNr() + ", column " + location.getColumnNr() + ": " + sentence);
    }

    private static String located(JsonProcessingException e) {
        return e.getLocation() == null ? "" : "Line " + e.getLocation().getLineNr() + ", column " + column(e) + ": ";
    }

    private static int column(JsonProcessingException e) {
        return e.getLocation() == null ? 1 : e.getLocation().getColumnNr();
    }

    /// What is wrong, without the parser's own settings and sources, which tell a caller nothing.
    private static String sentence(JsonProcessingException e) {
        return switch (e) {
            case StreamConstraintsException limit ->
                limit.getOriginalMessage().startsWith("Document nesting depth")
                        ? "nested deeper than " + DEPTH_MAX + " levels"
                        : "too many member names that collide";
            case JsonEOFException end -> "the text ends in the middle of a value";
            default -> {
                String message = e.getOriginalMessage();
                int advice = message.indexOf(": enable ");
                yield advice < 0 ? message : message.substring(0, advice);
            }
        };
    }
}
