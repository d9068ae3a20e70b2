package io.tollgate.contract;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.random.RandomGenerator;

/// A person who signs in: `usr_` and 26 Crockford base32 digits, time-ordered as a UUIDv7. Users belong to no
/// organization; memberships tie them to any number of them.
public record UserId(String value) {
    /// Longest id in characters that is looked up; server-made ids have 30.
    public static final int MAX_LENGTH = 100;

    public UserId {
        Text.named("user id", value, MAX_LENGTH);
    }

    public static UserId timeOrdered(Instant now, RandomGenerator random) {
        byte[] text = new byte[4 + CrockfordBase32.DIGITS];
        text[0] = 'u';
        text[1] = 's';
        text[2] = 'r';
        text[3] = '_';
        long high = (now.toEpochMilli() << 16) | 0x7000L | (random.nextLong() & 0x0fffL);
        CrockfordBase32.encode(high, 0x8000000000000000L | (random.nextLong() >>> 2), text, 4);
        return new UserId(new String(text, StandardCharsets.ISO_8859_1));
    }

    @Override
    public String toString() {
        return value;
    }
}
