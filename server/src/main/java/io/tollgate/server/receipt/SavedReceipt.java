package io.tollgate.server.receipt;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.BatchId;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.ingest.receipt.Receipt;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/// An answer to events that somebody kept.
///
/// @param ids as the answer lists them
/// @param newEvents how many of them the answer calls new; empty if it does not say
public record SavedReceipt(Receipt receipt, List<EventId> ids, OptionalInt newEvents) {
    private static final Set<String> MEMBERS =
            Set.of("batch_id", "organization_id", "issued_at", "events", "ranges", "sha256", "key_id", "signature");
    private static final Set<String> RANGE_MEMBERS = Set.of("topic", "partition", "first_offset", "last_offset");

    /// @throws IllegalArgumentException with what is missing or not as it is written
    public static SavedReceipt read(JsonNode answer) {
        return new SavedReceipt(receipt(answer), ids(answer), newEvents(answer));
    }

    /// The receipt alone.
    ///
    /// @throws IllegalArgumentException with what is missing or not as it is written
    public static Receipt receipt(JsonNode answer) {
        JsonNode json = answer.path("receipt");
        if (!json.isObject()) {
            throw new IllegalArgumentException("there is no receipt in it");
        }
        exactly(json, MEMBERS);
        List<Receipt.Range> ranges = new ArrayList<>();
        for (JsonNode range : json.path("ranges")) {
            exactly(range, RANGE_MEMBERS);
            ranges.add(new Receipt.Range(
                    text(range, "topic"),
                    (int) number(range, "partition"),
                    number(range, "first_offset"),
                    number(range, "last_offset")));
        }
        return new Receipt(
                new BatchId(text(json, "batch_id")),
                new OrganizationId(text(json, "organization_id")),
                issuedAt(text(json, "issued_at")),
                (int) number(json, "events"),
                ranges,
                text(json, "sha256"),
                text(json, "key_id"),
                text(json, "signature"));
    }

    /// A member that is not signed must not look as if it were.
    private static void exactly(JsonNode json, Set<String> members) {
        for (String member : members) {
            if (!json.has(member)) {
                throw new IllegalArgumentException("the receipt has no " + member);
            }
        }
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!members.contains(name)) {
                throw new IllegalArgumentException("the receipt has a member that nobody signs: " + name);
            }
        }
    }

    private static List<EventId> ids(JsonNode answer) {
        List<EventId> ids = new ArrayList<>();
        if (answer.has("event_id")) {
            ids.add(new EventId(text(answer, "event_id")));
        }
        for (JsonNode id : answer.path("event_ids")) {
            ids.add(new EventId(id.asText()));
        }
        if (!answer.has("event_id") && !answer.path("event_ids").isArray()) {
            throw new IllegalArgumentException("there are no event ids in it");
        }
        return ids;
    }

    private static OptionalInt newEvents(JsonNode answer) {
        if (answer.path("new_events").isInt()) {
            return OptionalInt.of(answer.path("new_events").asInt());
        }
        JsonNode deduplicated = answer.path("deduplicated");
        return deduplicated.isBoolean() ? OptionalInt.of(deduplicated.asBoolean() ? 0 : 1) : OptionalInt.empty();
    }

    private static Instant issuedAt(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("issued_at is no time", e);
        }
    }

    private static String text(JsonNode json, String member) {
        if (!json.path(member).isTextual()) {
            throw new IllegalArgumentException(member + " is no text");
        }
        return json.path(member).asText();
    }

    private static long number(JsonNode json, String member) {
        if (!json.path(member).canConvertToLong() || json.path(member).asLong() < 0) {
            throw new IllegalArgumentException(member + " is no offset or count");
        }
        return json.path(member).asLong();
    }
}
