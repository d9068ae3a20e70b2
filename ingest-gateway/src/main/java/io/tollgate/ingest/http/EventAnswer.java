package io.tollgate.ingest.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.tollgate.contract.EventId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.IntakeOutcome;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.ReportedEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes what became of the events of a request.
///
/// @param failed how many failed alone
record EventAnswer(int failed, byte[] json) {
    /// Bytes of answer per event, about: two ids and the names. Only a first guess for the buffer.
    private static final int EVENT_BYTES_GUESS = 192;

    private static final JsonFactory JSON = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
            .build();

    static EventAnswer of(boolean batch, List<IntakeOutcome> outcomes) {
        int duplicates = 0;
        int failed = 0;
        for (IntakeOutcome outcome : outcomes) {
            switch (outcome) {
                case IntakeOutcome.Recorded recorded -> {}
                case IntakeOutcome.Duplicate duplicate -> duplicates++;
                case IntakeOutcome.Conflict conflict -> failed++;
                case IntakeOutcome.Rejected rejected -> failed++;
            }
        }
        int fresh = outcomes.size() - duplicates - failed;
        ByteArrayOutputStream out = new ByteArrayOutputStream(EVENT_BYTES_GUESS * (outcomes.size() + 1));
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeBooleanField("success", failed == 0);
            if (batch) {
                json.writeNumberField("count", outcomes.size());
                json.writeNumberField("new_events", fresh);
                json.writeNumberField("deduplicated", duplicates);
                if (failed > 0) {
                    json.writeNumberField("failed", failed);
                }
                writeIds(json, outcomes);
                writeEvents(json, outcomes);
            } else {
                writeSingle(json, outcomes.getFirst());
            }
            // Keys of earlier requests are found when events are counted, not here.
            json.writeBooleanField("checked", false);
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return new EventAnswer(failed, out.toByteArray());
    }

    private static void writeSingle(JsonGenerator json, IntakeOutcome outcome) throws IOException {
        if (!(outcome instanceof IntakeOutcome.Recorded recorded)) {
            throw new IllegalStateException("a valid event without others in its request is new, not " + outcome);
        }
        json.writeStringField("event_id", recorded.id().value());
        json.writeBooleanField("deduplicated", false);
    }

    private static void writeIds(JsonGenerator json, List<IntakeOutcome> outcomes) throws IOException {
        json.writeArrayFieldStart("event_ids");
        for (IntakeOutcome outcome : outcomes) {
            switch (outcome) {
                case IntakeOutcome.Recorded recorded ->
                    json.writeString(recorded.id().value());
                case IntakeOutcome.Duplicate duplicate ->
                    json.writeString(duplicate.id().value());
                case IntakeOutcome.Conflict conflict -> {}
                case IntakeOutcome.Rejected rejected -> {}
            }
        }
        json.writeEndArray();
    }

    private static void writeEvents(JsonGenerator json, List<IntakeOutcome> outcomes) throws IOException {
        json.writeArrayFieldStart("events");
        for (int index = 0; index < outcomes.size(); index++) {
            json.writeStartObject();
            switch (outcomes.get(index)) {
                case IntakeOutcome.Recorded recorded -> writeTaken(json, recorded.id(), recorded.event(), false);
                case IntakeOutcome.Duplicate duplicate -> writeTaken(json, duplicate.id(), duplicate.event(), true);
                case IntakeOutcome.Conflict conflict -> writeConflict(json, index, conflict);
                case IntakeOutcome.Rejected rejected -> writeRejected(json, index, rejected.event());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeTaken(JsonGenerator json, EventId id, ReportedEvent event, boolean deduplicated)
            throws IOException {
        json.writeStringField("id", id.value());
        writeNames(json, event.tenantId().value(), event.meter().value(), event.idempotencyKey());
        json.writeBooleanField("deduplicated", deduplicated);
    }

    private static void writeConflict(JsonGenerator json, int index, IntakeOutcome.Conflict conflict)
            throws IOException {
        ReportedEvent event = conflict.event();
        json.writeNumberField("index", index);
        writeNames(json, event.tenantId().value(), event.meter().value(), event.idempotencyKey());
        String message = "The idempotency key belongs to another event of this tenant.";
        startError(json, ErrorCode.IDEMPOTENCY_KEY_REUSED, message);
        json.writeObjectFieldStart("details");
        json.writeStringField("event_id", conflict.firstId().value());
        json.writeStringField("received_at", received(conflict.firstReceivedAt()));
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeRejected(JsonGenerator json, int index, Reported.Invalid event) throws IOException {
        json.writeNumberField("index", index);
        writeNames(json, event.tenantId(), event.meter(), event.idempotencyKey());
        Problem.FieldError first = event.errors().getFirst();
        startError(json, event.code(), first.path() + ": " + first.message());
        json.writeArrayFieldStart("details");
        for (Problem.FieldError error : event.errors()) {
            json.writeStartObject();
            json.writeStringField("path", error.path());
            json.writeStringField("code", error.code());
            json.writeStringField("message", error.message());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void startError(JsonGenerator json, ErrorCode code, String message) throws IOException {
        json.writeObjectFieldStart("error");
        json.writeStringField("code", code.name());
        json.writeStringField("error", code.title());
        json.writeStringField("message", message);
    }

    private static void writeNames(
            JsonGenerator json, @Nullable String tenantId, @Nullable String meter, @Nullable String idempotencyKey)
            throws IOException {
        if (tenantId != null) {
            json.writeStringField("tenant_id", tenantId);
        }
        if (meter != null) {
            json.writeStringField("event_type", meter);
        }
        if (idempotencyKey != null) {
            json.writeStringField("idempotency_key", idempotencyKey);
        }
    }

    private static String received(Instant time) {
        return time.toString();
    }
}
