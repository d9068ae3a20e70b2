package io.tollgate.quota.store;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.WindowStore;
import org.jspecify.annotations.Nullable;

/// The idempotency keys of one partition, each with its first arrival and a digest of its payload. The first sighting
/// is
/// remembered and never extended. A key is forgotten by logged arrival times alone, never by a clock: replaying the log
/// decides the same.
///
/// Keys lie in spans of one horizon, by arrival, so finding one takes two point reads (this span and the one before),
/// each
/// kept cheap by a Bloom filter, instead of a range scan; a span that has passed is dropped whole. So a key is stored
/// for
/// one to two horizons (about 60 bytes on disk) and recognised for exactly one. The task's thread writes; any
/// thread reads while the task is open.
public final class SeenKeys {
    /// Bytes of a payload digest that are kept: 128 bits of SHA-256, too many to collide by chance.
    public static final int FINGERPRINT_BYTES = 16;

    /// The first event that carried a key.
    ///
    /// @param arrival append time of its record
    /// @param fingerprint first 16 bytes of its payload's digest
    public record Sighting(Instant arrival, byte[] fingerprint) {}

    private final WindowStore<Bytes, byte[]> store;
    private final long horizonMs;

    public SeenKeys(WindowStore<Bytes, byte[]> store, Duration horizon) {
        this.store = store;
        this.horizonMs = horizon.toMillis();
    }

    /// The first sighting of the key, if it lies at most one horizon before `arrival`.
    ///
    /// @param eventId the 16 bytes of the event id, which stands for organization, subject and key
    public Optional<Sighting> find(byte[] eventId, Instant arrival) {
        Bytes key = Bytes.wrap(eventId);
        long arrivalMs = arrival.toEpochMilli();
        long span = spanOf(arrivalMs);
        Sighting sighting = sighting(store.fetch(key, span));
        if (sighting == null) {
            sighting = sighting(store.fetch(key, span - horizonMs));
        }
        return sighting != null && arrivalMs - sighting.arrival().toEpochMilli() <= horizonMs
                ? Optional.of(sighting)
                : Optional.empty();
    }

    /// Remembers the first event of a key.
    public void remember(byte[] eventId, Instant arrival, byte[] digest) {
        long arrivalMs = arrival.toEpochMilli();
        byte[] value = ByteBuffer.allocate(Long.BYTES + FINGERPRINT_BYTES)
                .putLong(arrivalMs)
                .put(digest, 0, FINGERPRINT_BYTES)
                .array();
        store.put(Bytes.wrap(eventId), value, spanOf(arrivalMs));
    }

    /// Whether two digests of payloads, of at least [#FINGERPRINT_BYTES] each, are of the same payload.
    public static boolean samePayload(byte[] one, byte[] other) {
        return Arrays.equals(one, 0, FINGERPRINT_BYTES, other, 0, FINGERPRINT_BYTES);
    }

    private long spanOf(long arrivalMs) {
        return Math.floorDiv(arrivalMs, horizonMs) * horizonMs;
    }

    private static @Nullable Sighting sighting(byte @Nullable [] value) {
        if (value == null) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(value);
        Instant arrival = Instant.ofEpochMilli(in.getLong());
        byte[] fingerprint = new byte[FINGERPRINT_BYTES];
        in.get(fingerprint);
        return new Sighting(arrival, fingerprint);
    }
}
