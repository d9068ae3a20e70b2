package io.tollgate.contract;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Identity of what is reported to a payment provider once: `tg_` and 26 Crockford base32 digits (128 bits), derived
/// from
/// what the report is about. So whoever makes the report again, after whatever crash, gives it the same id, and the
/// provider takes it for the same.
public record UsageReportId(String value) {
    private static final String PREFIX = "tg_";

    public UsageReportId {
        if (!value.startsWith(PREFIX) || value.length() != PREFIX.length() + CrockfordBase32.DIGITS) {
            throw new IllegalArgumentException("a report id is tg_ and 26 base32 digits, not " + value);
        }
    }

    /// First 16 bytes of SHA-256 of the parts in UTF-8, with 0x00 between them. No part has that character.
    public static UsageReportId of(List<String> parts) {
        ByteBuffer hash =
                ByteBuffer.wrap(Sha256.digest().digest(String.join("\0", parts).getBytes(StandardCharsets.UTF_8)));
        byte[] text = new byte[PREFIX.length() + CrockfordBase32.DIGITS];
        text[0] = 't';
        text[1] = 'g';
        text[2] = '_';
        CrockfordBase32.encode(hash.getLong(), hash.getLong(), text, PREFIX.length());
        return new UsageReportId(new String(text, StandardCharsets.ISO_8859_1));
    }

    @Override
    public String toString() {
        return value;
    }
}
