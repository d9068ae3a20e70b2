package io.tollgate.control.quota;

import io.tollgate.contract.TimeCursor;
import java.time.Instant;
import java.util.UUID;

/// A place in a list of quotas: that of the last one seen. Opaque to callers.
public record QuotaCursor(Instant createdAt, String id) {
    private static final Instant EARLIEST = Instant.EPOCH;
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    public String toText() {
        return new TimeCursor(createdAt, id).toText();
    }

    /// Reads what [#toText()] wrote.
    ///
    /// @throws IllegalArgumentException for anything else
    public static QuotaCursor fromText(String text) {
        TimeCursor cursor = TimeCursor.fromText(text);
        if (cursor.at().isBefore(EARLIEST) || cursor.at().isAfter(LATEST)) {
            throw new IllegalArgumentException("not a cursor of this list");
        }
        return new QuotaCursor(cursor.at(), UUID.fromString(cursor.id()).toString());
    }
}
