package io.tollgate.contract;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.random.RandomGenerator;

/// Identity of an outbound webhook endpoint: `we_` and 26 Crockford base32 digits, time-ordered as a UUIDv7.
public record WebhookEndpointId(String value) {
    public static WebhookEndpointId timeOrdered(Instant now, RandomGenerator random) {
        byte[] text = new byte[3 + CrockfordBase32.DIGITS];
        text[0] = 'w';
        text[1] = 'e';
        text[2] = '_';
        long high = (now.toEpochMilli() << 16) | 0x7000L | (random.nextLong() & 0x0fffL);
        CrockfordBase32.encode(high, 0x8000000000000000L | (random.nextLong() >>> 2), text, 3);
        return new WebhookEndpointId(new String(text, StandardCharsets.ISO_8859_1));
    }

    @Override
    public String toString() {
        return value;
    }
}
