package io.tollgate.billing.daily;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Base64;

/// A place in the list of snapshots: that of the last one seen. Its text is opaque to callers.
public record SnapshotCursor(LocalDate day, String tenantId, String meter) {
    /// No name holds it.
    private static final String SEPARATOR = "\0";

    /// Room for a date and two names of 100 characters of 4 bytes.
    private static final int TEXT_LENGTH_MAX = 1_200;

    public String toText() {
        String plain = String.join(SEPARATOR, day.toString(), tenantId, meter);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
    }

    /// Reads what [#toText()] wrote.
    ///
    /// @throws IllegalArgumentException for anything else
    public static SnapshotCursor fromText(String text) {
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new IllegalArgumentException("longer than a cursor can be");
        }
        String[] parts = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8).split(SEPARATOR, -1);
        if (parts.length != 3 || parts[0].length() != "2026-01-01".length()) {
            throw new IllegalArgumentException("not a cursor of this list");
        }
        try {
            return new SnapshotCursor(LocalDate.parse(parts[0]), parts[1], parts[2]);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not a cursor of this list", e);
        }
    }
}
