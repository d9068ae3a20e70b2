package io.tollgate.quota.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.LookupOutcome;
import io.tollgate.quota.query.MeterReading;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What instances of one installation say to each other about counters: `POST /internal/v1/counters`, JSON both ways,
/// with
/// the cluster secret as bearer. Decimals travel as strings.
final class OwnerProtocol {
    static final String PATH = "/internal/v1/counters";

    /// Status of an instance that is asked for a partition it does not own.
    static final int NOT_OWNER = 421;

    private static final ObjectMapper JSON = new ObjectMapper();

    /// A question as it travels.
    record Question(int partition, long afterOffset, long atMostMs, CounterRead read) {}

    private OwnerProtocol() {}

    static byte[] write(Question question) {
        ObjectNode json = JSON.createObjectNode()
                .put("partition", question.partition())
                .put("after_offset", question.afterOffset())
                .put("at_most_ms", question.atMostMs())
                .put("subject", question.read().subjectKey());
        switch (question.read()) {
            case CounterRead.Total total -> json.put("read", "total").put("meter", total.meter());
            case CounterRead.InWindow window ->
                json.put("read", "window")
                        .put("meter", window.meter())
                        .put("size", window.size().name())
                        .put("start", window.start().toString());
            case CounterRead.AllMeters all ->
                json.put("read", "meters").put("after", all.after()).put("limit", all.limit());
        }
        return bytes(json);
    }

    /// @throws IllegalArgumentException if it is not a question
    static Question question(byte[] body) {
        JsonNode json = parse(body);
        String subject = json.path("subject").asText();
        String meter = json.path("meter").asText();
        CounterRead read = switch (json.path("read").asText()) {
            case "total" -> new CounterRead.Total(subject, meter);
            case "window" ->
                new CounterRead.InWindow(
                        subject,
                        meter,
                        WindowSize.valueOf(json.path("size").asText()),
                        Instant.parse(json.path("start").asText()));
            case "meters" ->
                new CounterRead.AllMeters(
                        subject, json.path("after").asText(), json.path("limit").asInt());
            default -> throw new IllegalArgumentException("unknown read");
        };
        return new Question(
                json.path("partition").asInt(),
                json.path("after_offset").asLong(),
                json.path("at_most_ms").asLong(),
                read);
    }

    static byte[] write(LookupOutcome.Found found) {
        ObjectNode json = JSON.createObjectNode().put("caught_up", found.caughtUp());
        ArrayNode readings = json.putArray("readings");
        for (MeterReading reading : found.readings()) {
            CounterState state = reading.state();
            ObjectNode node = readings.addObject()
                    .put("meter", reading.meter())
                    .put("count", state.eventCount())
                    .put("sum", state.sum().toString())
                    .put("min", text(state.min()))
                    .put("max", text(state.max()))
                    .put("duplicates", state.duplicateCount())
                    .put("rejected", state.rejectedCount())
                    .put("offset", state.lastOffset());
            reading.window()
                    .ifPresent(window -> node.put("size", window.size().name())
                            .put("start", window.start().toString())
                            .put("end", window.end().toString()));
        }
        return bytes(json);
    }

    /// @throws IllegalArgumentException if it is not an answer
    static LookupOutcome.Found found(byte[] body) {
        JsonNode json = parse(body);
        List<MeterReading> readings = new ArrayList<>();
        for (JsonNode node : json.path("readings")) {
            Optional<Window> window = node.has("size")
                    ? Optional.of(new Window(
                            WindowSize.valueOf(node.path("size").asText()),
                            Instant.parse(node.path("start").asText()),
                            Instant.parse(node.path("end").asText())))
                    : Optional.empty();
            CounterState state = new CounterState(
                    node.path("count").asLong(),
                    new BigDecimal(node.path("sum").asText()),
                    number(node.path("min")),
                    number(node.path("max")),
                    node.path("duplicates").asLong(),
                    node.path("rejected").asLong(),
                    node.path("offset").asLong());
            readings.add(new MeterReading(node.path("meter").asText(), window, state));
        }
        return new LookupOutcome.Found(readings, json.path("caught_up").asBoolean());
    }

    private static @Nullable String text(@Nullable BigDecimal number) {
        return number == null ? null : number.toString();
    }

    private static @Nullable BigDecimal number(JsonNode node) {
        return node.isTextual() ? new BigDecimal(node.textValue()) : null;
    }

    private static JsonNode parse(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (java.io.IOException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
    }

    private static byte[] bytes(ObjectNode json) {
        try {
            return JSON.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of strings and numbers can be written", e);
        }
    }
}
