package io.tollgate.billing.usage.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tollgate.billing.usage.Dimension;
import io.tollgate.billing.usage.EventPage;
import io.tollgate.billing.usage.FoundEvent;
import io.tollgate.billing.usage.LogPlace;
import io.tollgate.billing.usage.RejectedCursor;
import io.tollgate.billing.usage.RejectedEvent;
import io.tollgate.billing.usage.RejectedPage;
import io.tollgate.billing.usage.RowKey;
import io.tollgate.billing.usage.StoredEvent;
import io.tollgate.billing.usage.UsageLine;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageSummaries.Summary;
import io.tollgate.contract.topic.Topics;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Answers as JSON, straight from the rows. Numbers are plain: no exponent, no trailing zeros.
final class UsageJson {
    private UsageJson() {}

    /// Who reads. A tenant is told that an event of its own was corrected, and not by whom and in which words.
    enum Audience {
        ORGANIZATION,
        TENANT
    }

    static byte[] toJson(EventPage page, int limit, Audience audience) {
        return PlainJson.object(json -> {
            json.writeArrayFieldStart("events");
            for (StoredEvent event : page.events()) {
                json.writeStartObject();
                fields(json, event, audience);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeNumberField("total", page.total());
            json.writeNumberField("limit", limit);
            PlainJson.text(json, "next_cursor", page.next().map(cursor -> cursor.toText()));
        });
    }

    /// What the reporter said, and when it came.
    private static void reported(JsonGenerator json, StoredEvent event) throws IOException {
        PlainJson.text(json, "tenant_id", event.tenantId());
        json.writeStringField("event_type", event.meter());
        PlainJson.number(json, "quantity", event.quantity());
        json.writeFieldName("metadata");
        json.writeRawValue(event.metadata());
        json.writeStringField("timestamp", event.occurredAt().toString());
        PlainJson.text(json, "idempotency_key", event.idempotencyKey());
        json.writeStringField("received_at", event.receivedAt().toString());
    }

    private static void fields(JsonGenerator json, StoredEvent event, Audience audience) throws IOException {
        json.writeStringField("id", event.id());
        reported(json, event);
        json.writeStringField("status", event.status());
        PlainJson.text(json, "invoice_id", event.billed().map(StoredEvent.Billed::invoiceId));
        PlainJson.text(
                json,
                "billed_at",
                event.billed().flatMap(StoredEvent.Billed::at).map(Instant::toString));
        PlainJson.text(json, "amends", event.amends());
        PlainJson.text(json, "voided_by", event.voidedBy().filter(by -> audience == Audience.ORGANIZATION));
    }

    static byte[] toJson(FoundEvent found, Audience audience) {
        return PlainJson.object(json -> {
            fields(json, found.event(), audience);
            json.writeObjectFieldStart("log");
            json.writeStringField("topic", Topics.USAGE_EVENTS.name());
            place(json, found.place());
            json.writeEndObject();
            PlainJson.text(json, "invoice", found.event().billed().map(StoredEvent.Billed::invoiceId));
            correction(json, found.correction(), audience);
            PlainJson.text(json, "reason", found.rejection().map(FoundEvent.Rejection::reason));
            PlainJson.text(json, "detail", found.rejection().map(FoundEvent.Rejection::detail));
        });
    }

    private static void correction(JsonGenerator json, Optional<FoundEvent.Correction> correction, Audience audience)
            throws IOException {
        if (correction.isEmpty()) {
            json.writeNullField("correction");
            return;
        }
        json.writeObjectFieldStart("correction");
        if (audience == Audience.ORGANIZATION) {
            json.writeStringField("reason", correction.get().reason());
            json.writeStringField("actor", correction.get().actor());
        }
        json.writeStringField("corrected_at", correction.get().at().toString());
        PlainJson.text(json, "replacement_event_id", correction.get().replacementId());
        json.writeEndObject();
    }

    static byte[] toJson(RejectedPage page) {
        return PlainJson.object(json -> {
            json.writeArrayFieldStart("events");
            for (RejectedEvent event : page.events()) {
                json.writeStartObject();
                json.writeStringField("event_id", event.event().id());
                json.writeStringField("reason", event.rejection().reason());
                json.writeStringField("detail", event.rejection().detail());
                json.writeStringField("rejected_at", event.rejectedAt().toString());
                reported(json, event.event());
                json.writeObjectFieldStart("log");
                json.writeStringField("topic", Topics.USAGE_EVENTS.name());
                place(json, event.place());
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
            PlainJson.text(json, "next_cursor", page.next().map(RejectedCursor::toText));
        });
    }

    private static void place(JsonGenerator json, LogPlace place) throws IOException {
        json.writeNumberField("partition", place.partition());
        json.writeNumberField("offset", place.offset());
    }

    /// The name of the member that shows a dimension.
    static String member(Dimension dimension) {
        return switch (dimension) {
            case Dimension.EventType meter -> "event_type";
            case Dimension.Tenant tenant -> "tenant_id";
            case Dimension.Day day -> "date";
            case Dimension.Metadata metadata -> metadata.word();
        };
    }

    static byte[] toJson(UsageQuery query, Summary.Page page) {
        List<Dimension> dimensions = query.grouping().dimensions();
        return PlainJson.object(json -> {
            json.writeArrayFieldStart("usage");
            for (UsageLine line : page.lines()) {
                json.writeStartObject();
                for (int i = 0; i < dimensions.size(); i++) {
                    PlainJson.text(
                            json,
                            member(dimensions.get(i)),
                            dimensions.get(i).shown(line.names().get(i)));
                }
                if (line.window().isPresent()) {
                    json.writeStringField(
                            "window_start", line.window().get().start().toString());
                    json.writeStringField(
                            "window_end", line.window().get().end().toString());
                }
                PlainJson.number(json, "total_quantity", line.total());
                json.writeNumberField("event_count", line.eventCount());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeObjectFieldStart("period");
            json.writeStringField("start", query.period().from().toString());
            json.writeStringField("end", Periods.lastOf(query.period()));
            json.writeEndObject();
            PlainJson.text(json, "next_cursor", page.next().map(RowKey::toText));
        });
    }
}
