package io.tollgate.billing.usage.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tollgate.billing.usage.EventPage;
import io.tollgate.billing.usage.Grouping;
import io.tollgate.billing.usage.Span;
import io.tollgate.billing.usage.StoredEvent;
import io.tollgate.billing.usage.UsageRow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/// Answers as JSON, straight from the rows. Numbers are plain: no exponent, no trailing zeros.
final class UsageJson {
    private static final JsonFactory JSON = new JsonFactory();

    private UsageJson() {}

    private interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    private static byte[] object(Body body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            body.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    static byte[] toJson(EventPage page, int limit) {
        return object(json -> {
            json.writeArrayFieldStart("events");
            for (StoredEvent event : page.events()) {
                json.writeStartObject();
                write(json, event);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeNumberField("total", page.total());
            json.writeNumberField("limit", limit);
            text(json, "next_cursor", page.next().map(cursor -> cursor.toText()));
        });
    }

    private static void write(JsonGenerator json, StoredEvent event) throws IOException {
        json.writeStringField("id", event.id());
        text(json, "tenant_id", event.tenantId());
        json.writeStringField("event_type", event.meter());
        number(json, "quantity", event.quantity());
        json.writeFieldName("metadata");
        json.writeRawValue(event.metadata());
        json.writeStringField("timestamp", event.occurredAt().toString());
        text(json, "idempotency_key", event.idempotencyKey());
        json.writeStringField("received_at", event.receivedAt().toString());
        json.writeStringField("status", event.status());
        // Nothing is invoiced, amended or voided in an installation without those functions.
        json.writeNullField("invoice_id");
        json.writeNullField("billed_at");
        json.writeNullField("amends");
        json.writeNullField("voided_by");
    }

    static byte[] toJson(List<UsageRow> rows, Grouping grouping, Span period, Optional<String> next) {
        String name = switch (grouping) {
            case EVENT_TYPE -> "event_type";
            case TENANT -> "tenant_id";
            case DAY -> "date";
        };
        return object(json -> {
            json.writeArrayFieldStart("usage");
            for (UsageRow row : rows) {
                json.writeStartObject();
                json.writeStringField(name, row.name());
                number(json, "total_quantity", row.totalQuantity());
                json.writeNumberField("event_count", row.eventCount());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeObjectFieldStart("period");
            json.writeStringField("start", period.from().toString());
            json.writeStringField(
                    "end", period.before().minus(1, ChronoUnit.MICROS).toString());
            json.writeEndObject();
            text(json, "next_cursor", next);
        });
    }

    private static void text(JsonGenerator json, String member, Optional<String> text) throws IOException {
        if (text.isPresent()) {
            json.writeStringField(member, text.get());
        } else {
            json.writeNullField(member);
        }
    }

    private static void number(JsonGenerator json, String member, BigDecimal number) throws IOException {
        json.writeFieldName(member);
        json.writeNumber(number.stripTrailingZeros().toPlainString());
    }
}
