package io.tollgate.control.quota;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

/// A place in a list of quotas: that of the last one seen. Opaque to callers.
public record QuotaCursor(Instant createdAt, String id) {
    private static final String VERSION = "1:";
    private static final int TEXT_LENGTH_MAX = 200;
    private static final Instant EARLIEST = Instant.EPOCH;
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    public String toText() {
        String plain = VERSION + createdAt + "|" + id;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
    }

    /// Reads what [#toText()] wrote.
    ///
    /// @throws IllegalArgumentException for anything else
    public static QuotaCursor fromText(String text) {
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new IllegalArgumentException("longer than a cursor can be");
        }
        String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
        int bar = plain.indexOf('|');
        if (!plain.startsWith(VERSION) || bar < 0) {
            throw new IllegalArgumentException("not a cursor of this list");
        }
        try {
            Instant createdAt = Instant.parse(plain.substring(VERSION.length(), bar));
            if (createdAt.isBefore(EARLIEST) || createdAt.isAfter(LATEST)) {
                throw new IllegalArgumentException("not a cursor of this list");
            }
            return new QuotaCursor(
                    createdAt, UUID.fromString(plain.substring(bar + 1)).toString());
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not a cursor of this list", e);
        }
    }
}
