package io.tollgate.ingest.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.tollgate.contract.EventId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.admission.Verdict;
import io.tollgate.ingest.event.IntakeOutcome;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.receipt.Receipt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes what became of the events of a request.
///
/// @param failed how many failed alone
record EventAnswer(int failed, byte[] json) {
    /// Bytes of answer per event, about: two ids and the names. Only a first guess for the buffer.
    private static final int EVENT_BYTES_GUESS = 192;

    private static final int RECEIPT_BYTES_GUESS = 768;

    private static final byte[] RECEIPT_MEMBER = ",\"receipt\":".getBytes(StandardCharsets.US_ASCII);

    private static final String KEY_REUSED = "The idempotency key belongs to another event of this tenant.";

    private static final JsonFactory JSON = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
            .build();

    /// @throws Problem if the only event of a request that is no batch cannot be recorded
    static EventAnswer of(boolean batch, Verdict.Written written) {
        List<IntakeOutcome> outcomes = written.outcomes();
        int fresh = 0;
        int duplicates = 0;
        for (IntakeOutcome outcome : outcomes) {
            switch (outcome) {
                case IntakeOutcome.Recorded recorded -> fresh++;
                case IntakeOutcome.Duplicate duplicate -> duplicates++;
                case IntakeOutcome.Conflict conflict -> {}
                case IntakeOutcome.Denied denied -> {}
                case IntakeOutcome.Undecided undecided -> {}
                case IntakeOutcome.TenantDeleted gone -> {}
                case IntakeOutcome.Rejected rejected -> {}
            }
        }
        int failed = outcomes.size() - fresh - duplicates;
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
                writeIds(json, written.ids());
                writeEvents(json, outcomes);
            } else {
                Single single = Single.of(outcomes);
                json.writeStringField("event_id", single.id().value());
                json.writeBooleanField("deduplicated", single.deduplicated());
            }
            writeWarnings(json, written.warnings());
            if (!written.checked()) {
                json.writeBooleanField("checked", false);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return new EventAnswer(failed, out.toByteArray());
    }

    /// The same with a receipt, which is known only when the log has answered.
    EventAnswer with(Receipt receipt) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(json.length + RECEIPT_BYTES_GUESS);
        out.write(json, 0, json.length - 1);
        out.writeBytes(RECEIPT_MEMBER);
        try (JsonGenerator generator = JSON.createGenerator(out)) {
            generator.writeStartObject();
            generator.writeStringField("batch_id", receipt.batchId().value());
            generator.writeStringField(
                    "organization_id", receipt.organizationId().value());
            generator.writeStringField("issued_at", receipt.issuedAt().toString());
            generator.writeNumberField("events", receipt.events());
            generator.writeArrayFieldStart("ranges");
            for (Receipt.Range range : receipt.ranges()) {
                generator.writeStartObject();
                generator.writeStringField("topic", range.topic());
                generator.writeNumberField("partition", range.partition());
                generator.writeNumberField("first_offset", range.firstOffset());
                generator.writeNumberField("last_offset", range.lastOffset());
                generator.writeEndObject();
            }
            generator.writeEndArray();
            generator.writeStringField("sha256", receipt.sha256());
            generator.writeStringField("key_id", receipt.keyId());
            generator.writeStringField("signature", receipt.signature());
            generator.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        out.write('}');
        return new EventAnswer(failed, out.toByteArray());
    }

    /// What became of the only event of a request that is no batch.
    record Single(EventId id, boolean deduplicated) {
        /// @throws Problem if its key belongs to another event, or its tenant is deleted
        static Single of(List<IntakeOutcome> outcomes) {
            return switch (outcomes.getFirst()) {
                case IntakeOutcome.Recorded recorded -> new Single(recorded.id(), false);
                case IntakeOutcome.Duplicate duplicate -> new Single(duplicate.id(), true);
                case IntakeOutcome.Conflict conflict ->
                    throw Problem.of(ErrorCode.IDEMPOTENCY_KEY_REUSED, KEY_REUSED)
                            .withDetails(Map.of(
                                    "event_id", conflict.firstId().value(),
                                    "received_at", conflict.firstReceivedAt().toString()));
                case IntakeOutcome.Denied denied -> throw impossible(denied);
                case IntakeOutcome.Undecided undecided -> throw impossible(undecided);
                case IntakeOutcome.TenantDeleted gone ->
                    throw Problem.of(ErrorCode.TENANT_DELETED, tenantDeleted(gone.event()));
                case IntakeOutcome.Rejected rejected -> throw impossible(rejected);
            };
        }

        private static IllegalStateException impossible(IntakeOutcome outcome) {
            return new IllegalStateException("only an event of a batch fails alone, not " + outcome);
        }
    }

    private static void writeIds(JsonGenerator json, List<EventId> ids) throws IOException {
        json.writeArrayFieldStart("event_ids");
        for (EventId id : ids) {
            json.writeString(id.value());
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
                case IntakeOutcome.Denied denied -> writeDenied(json, index, denied);
                case IntakeOutcome.Undecided undecided -> writeUndecided(json, index, undecided);
                case IntakeOutcome.TenantDeleted gone -> writeTenantDeleted(json, index, gone.event());
                case IntakeOutcome.Rejected rejected -> writeRejected(json, index, rejected.event());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeTaken(JsonGenerator json, EventId id, ReportedEvent event, boolean deduplicated)
            throws IOException {
        json.writeStringField("id", id.value());
        writeNames(json, event);
        json.writeBooleanField("deduplicated", deduplicated);
    }

    private static void writeConflict(JsonGenerator json, int index, IntakeOutcome.Conflict conflict)
            throws IOException {
        ReportedEvent event = conflict.event();
        json.writeNumberField("index", index);
        writeNames(json, event);
        startError(json, ErrorCode.IDEMPOTENCY_KEY_REUSED, KEY_REUSED);
        json.writeObjectFieldStart("details");
        json.writeStringField("event_id", conflict.firstId().value());
        json.writeStringField("received_at", conflict.firstReceivedAt().toString());
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeDenied(JsonGenerator json, int index, IntakeOutcome.Denied denied) throws IOException {
        json.writeNumberField("index", index);
        writeNames(json, denied.event());
        startError(json, ErrorCode.QUOTA_EXCEEDED, QuotaJson.message(denied.denial()));
        json.writeFieldName("details");
        writeMembers(json, QuotaJson.details(denied.denial()));
        json.writeEndObject();
    }

    private static void writeUndecided(JsonGenerator json, int index, IntakeOutcome.Undecided undecided)
            throws IOException {
        json.writeNumberField("index", index);
        writeNames(json, undecided.event());
        startError(json, ErrorCode.OWNER_UNAVAILABLE, undecided.why());
        json.writeEndObject();
    }

    private static void writeWarnings(JsonGenerator json, List<Verdict.Warning> warnings) throws IOException {
        if (warnings.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("warnings");
        for (Verdict.Warning warning : warnings) {
            writeMembers(json, QuotaJson.warning(warning));
        }
        json.writeEndArray();
    }

    /// Texts, decimals and nulls.
    private static void writeMembers(JsonGenerator json, Map<String, @Nullable Object> members) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, @Nullable Object> member : members.entrySet()) {
            switch (member.getValue()) {
                case null -> json.writeNullField(member.getKey());
                case BigDecimal number -> json.writeNumberField(member.getKey(), number);
                default ->
                    json.writeStringField(member.getKey(), member.getValue().toString());
            }
        }
        json.writeEndObject();
    }

    private static void writeTenantDeleted(JsonGenerator json, int index, ReportedEvent event) throws IOException {
        json.writeNumberField("index", index);
        writeNames(json, event);
        startError(json, ErrorCode.TENANT_DELETED, tenantDeleted(event));
        json.writeEndObject();
    }

    private static String tenantDeleted(ReportedEvent event) {
        return "The tenant '" + event.tenantId() + "' is deleted and takes no events; restore it, or name another.";
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

    private static void writeNames(JsonGenerator json, ReportedEvent event) throws IOException {
        TenantId tenantId = event.tenantId();
        writeNames(
                json, tenantId == null ? null : tenantId.value(), event.meter().value(), event.idempotencyKey());
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
}
