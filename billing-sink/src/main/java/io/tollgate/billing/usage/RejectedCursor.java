package io.tollgate.billing.usage;

import io.tollgate.contract.TimeCursor;
import java.time.Instant;

/// A place in a list of rejected events: that of the last one seen. Opaque to callers.
public record RejectedCursor(Instant rejectedAt, LogPlace place) {
    private static final int PARTS = 3;

    public String toText() {
        return new TimeCursor(rejectedAt, place.partition() + "." + place.offset() + "." + place.index()).toText();
    }

    /// Reads what [#toText()] wrote.
    ///
    /// @throws IllegalArgumentException for anything else
    public static RejectedCursor fromText(String text) {
        TimeCursor cursor = TimeCursor.fromText(text);
        Storable.time("cursor", cursor.at());
        String[] parts = cursor.id().split("\\.", -1);
        if (parts.length != PARTS) {
            throw new IllegalArgumentException("not a cursor of this list");
        }
        return new RejectedCursor(
                cursor.at(),
                new LogPlace(Integer.parseInt(parts[0]), Long.parseLong(parts[1]), Integer.parseInt(parts[2])));
    }
}
