package io.tollgate.contract;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.random.RandomGenerator;

/// Identity of a simulation of prices: `sim_` and 26 Crockford base32 digits, time-ordered as a UUIDv7.
public record SimulationId(String value) {
    public static SimulationId timeOrdered(Instant now, RandomGenerator random) {
        byte[] text = new byte[4 + CrockfordBase32.DIGITS];
        text[0] = 's';
        text[1] = 'i';
        text[2] = 'm';
        text[3] = '_';
        long high = (now.toEpochMilli() << 16) | 0x7000L | (random.nextLong() & 0x0fffL);
        CrockfordBase32.encode(high, 0x8000000000000000L | (random.nextLong() >>> 2), text, 4);
        return new SimulationId(new String(text, StandardCharsets.ISO_8859_1));
    }

    @Override
    public String toString() {
        return value;
    }
}
