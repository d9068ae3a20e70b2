package io.tollgate.contract;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;

/// A place in a list that is ordered by time: that of the last thing seen. Its text is opaque to callers.
public record TimeCursor(Instant at, String id) {
    private static final String VERSION = "1:";

    /// Room for the longest id, of a tenant: 100 characters of 4 bytes.
    private static final int TEXT_LENGTH_MAX = 600;

    public String toText() {
        String plain = VERSION + at + "|" + id;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
    }

    /// Reads what [#toText()] wrote.
    ///
    /// @throws IllegalArgumentException for anything else
    public static TimeCursor fromText(String text) {
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new IllegalArgumentException("longer than a cursor can be");
        }
        String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
        int bar = plain.indexOf('|');
        if (!plain.startsWith(VERSION) || bar < 0) {
            throw new IllegalArgumentException("not a cursor of this list");
        }
        try {
            return new TimeCursor(Instant.parse(plain.substring(VERSION.length(), bar)), plain.substring(bar + 1));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not a cursor of this list", e);
        }
    }
}
