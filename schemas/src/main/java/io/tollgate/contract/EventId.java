package io.tollgate.contract;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.random.RandomGenerator;

/// Identity of one event: `evt_` and 26 Crockford base32 digits (128 bits). Derived from organization, subject and
/// idempotency key where there is a key, so every gateway gives a retry the same id without a look-up.
public record EventId(String value) {
    private static final String PREFIX = "evt_";

    public EventId {
        if (!value.startsWith(PREFIX) || value.length() != PREFIX.length() + CrockfordBase32.DIGITS) {
            throw new IllegalArgumentException("an event id is evt_ and 26 base32 digits, not " + value);
        }
    }

    /// First 16 bytes of SHA-256(organization, 0x00, subject, 0x00, key), all UTF-8.
    public static EventId derived(OrganizationId organizationId, SubjectId subject, String idempotencyKey) {
        MessageDigest digest = Sha256.digest();
        digest.update(organizationId.value().getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        digest.update(subject.value().getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        return fromBytes(digest.digest(idempotencyKey.getBytes(StandardCharsets.UTF_8)));
    }

    /// A fresh id in the layout of UUIDv7 (RFC 9562 section 5.7): 48 bits of unix milliseconds, then random bits, so
    /// ids
    /// made later sort later.
    public static EventId timeOrdered(Instant now, RandomGenerator random) {
        long high = (now.toEpochMilli() << 16) | 0x7000L | (random.nextLong() & 0x0fffL);
        long low = 0x8000000000000000L | (random.nextLong() >>> 2);
        return of(high, low);
    }

    /// From the first 16 bytes of `bytes`.
    public static EventId fromBytes(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return of(buffer.getLong(), buffer.getLong());
    }

    /// The id as 16 bytes, for keys of stores.
    public byte[] bytes() {
        return CrockfordBase32.decode(value, PREFIX.length());
    }

    private static EventId of(long high, long low) {
        byte[] text = new byte[PREFIX.length() + CrockfordBase32.DIGITS];
        text[0] = 'e';
        text[1] = 'v';
        text[2] = 't';
        text[3] = '_';
        CrockfordBase32.encode(high, low, text, PREFIX.length());
        return new EventId(new String(text, StandardCharsets.ISO_8859_1));
    }

    @Override
    public String toString() {
        return value;
    }
}
