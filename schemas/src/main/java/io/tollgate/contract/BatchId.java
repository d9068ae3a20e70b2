package io.tollgate.contract;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.random.RandomGenerator;

/// Identity of one request that wrote events: `bat_` and 26 Crockford base32 digits, time-ordered as a UUIDv7.
public record BatchId(String value) {
    public static BatchId timeOrdered(Instant now, RandomGenerator random) {
        byte[] text = new byte[4 + CrockfordBase32.DIGITS];
        text[0] = 'b';
        text[1] = 'a';
        text[2] = 't';
        text[3] = '_';
        long high = (now.toEpochMilli() << 16) | 0x7000L | (random.nextLong() & 0x0fffL);
        CrockfordBase32.encode(high, 0x8000000000000000L | (random.nextLong() >>> 2), text, 4);
        return new BatchId(new String(text, StandardCharsets.ISO_8859_1));
    }

    @Override
    public String toString() {
        return value;
    }
}
