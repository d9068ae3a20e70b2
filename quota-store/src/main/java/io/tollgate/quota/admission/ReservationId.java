package io.tollgate.quota.admission;

import io.tollgate.contract.EventId;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/// Names a reservation and says in which partition it is kept: `res_` and 26 Crockford base32 digits of 16 bytes, the
/// first two
/// being the partition.
public record ReservationId(String value) {
    private static final String PREFIX = "res_";
    private static final String EVENT_PREFIX = "evt_";
    private static final int BYTES = 16;

    /// @throws IllegalArgumentException if the text is not the id of a reservation
    public ReservationId {
        if (!value.startsWith(PREFIX)) {
            throw new IllegalArgumentException("a reservation id begins with " + PREFIX);
        }
        bytes(value);
    }

    /// A fresh id.
    public static ReservationId random(int partition) {
        UUID random = UUID.randomUUID();
        return of(
                partition,
                ByteBuffer.allocate(BYTES)
                        .putLong(random.getMostSignificantBits())
                        .putLong(random.getLeastSignificantBits())
                        .array());
    }

    /// The id that an idempotency key stands for, the same from every gateway.
    ///
    /// @param index place of the item in its request
    public static ReservationId derived(int partition, String subjectKey, String idempotencyKey, int index) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            String text = "reservation\0" + subjectKey + '\0' + idempotencyKey + '\0' + index;
            return of(partition, digest.digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private static ReservationId of(int partition, byte[] content) {
        byte[] bytes = java.util.Arrays.copyOf(content, BYTES);
        bytes[0] = (byte) (partition >>> 8);
        bytes[1] = (byte) partition;
        return new ReservationId(PREFIX + EventId.fromBytes(bytes).value().substring(EVENT_PREFIX.length()));
    }

    /// The partition that the reservation is kept in.
    public int partition() {
        byte[] bytes = bytes(value);
        return (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
    }

    private static byte[] bytes(String value) {
        return new EventId(EVENT_PREFIX + value.substring(PREFIX.length())).bytes();
    }
}
