package io.tollgate.billing.usage;

import io.tollgate.contract.TimeCursor;
import java.time.Instant;

/// A place in a list of events: that of the last one seen. Opaque to callers.
public record EventCursor(Instant occurredAt, String eventId) {
    public String toText() {
        return new TimeCursor(occurredAt, eventId).toText();
    }

    /// Reads what [#toText()] wrote.
    ///
    /// @throws IllegalArgumentException for anything else
    public static EventCursor fromText(String text) {
        TimeCursor cursor = TimeCursor.fromText(text);
        Storable.time("cursor", cursor.at());
        return new EventCursor(cursor.at(), cursor.id());
    }
}
