package io.tollgate.ingest.event;

import io.tollgate.contract.MeterKey;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Identity of a payload: SHA-256 of the canonical JSON (RFC 8785) of `event_type`, `metadata`, `quantity` as a decimal
/// string without trailing zeros, and `timestamp` if the reporter gave one. Two events under one idempotency key are
/// the
/// same event exactly if their fingerprints are equal.
public final class Fingerprint {
    private static final int BYTES = 32;

    private final byte[] sha256;

    private Fingerprint(byte[] sha256) {
        this.sha256 = sha256;
    }

    /// Of several texts and, where there is one, a payload, told apart by where one ends and the next begins.
    public static Fingerprint of(List<String> texts, @Nullable Fingerprint payload) {
        MessageDigest digest = sha256();
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            digest.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
            digest.update(bytes);
        }
        return new Fingerprint(payload == null ? digest.digest() : digest.digest(payload.sha256));
    }

    /// One that was made before.
    ///
    /// @throws IllegalArgumentException unless it has 32 bytes
    public static Fingerprint ofBytes(byte[] sha256) {
        if (sha256.length != BYTES) {
            throw new IllegalArgumentException("a fingerprint has " + BYTES + " bytes, not " + sha256.length);
        }
        return new Fingerprint(sha256.clone());
    }

    /// A copy of the 32 bytes.
    public byte[] bytes() {
        return sha256.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Fingerprint that && Arrays.equals(sha256, that.sha256);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sha256);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(sha256);
    }

    /// Makes fingerprints one after another with one digest and one buffer. Not thread-safe.
    static final class Maker {
        private static final BigDecimal LONG_UNITS_MAX = new BigDecimal("999999999999.999999");

        private final MessageDigest digest = sha256();
        private final JsonBytes payload = new JsonBytes();

        /// @param canonicalMetadata null for an event without metadata, which is one with `{}`
        /// @param sentTime the reporter's event time; null if it gave none
        Fingerprint of(
                MeterKey meter, @Nullable JsonBytes canonicalMetadata, Quantity quantity, @Nullable Instant sentTime) {
            payload.clear();
            payload.ascii("{\"event_type\":");
            payload.string(meter.value());
            payload.ascii(",\"metadata\":");
            if (canonicalMetadata == null) {
                payload.ascii("{}");
            } else {
                payload.append(canonicalMetadata);
            }
            payload.ascii(",\"quantity\":\"");
            writePlain(quantity, payload);
            payload.raw('"');
            if (sentTime != null) {
                payload.ascii(",\"timestamp\":\"");
                EventTimeText.writeCanonical(sentTime, payload);
                payload.raw('"');
            }
            payload.raw('}');
            payload.digestInto(digest);
            return new Fingerprint(digest.digest());
        }

        /// As [Quantity#toString()]; by hand for positive quantities whose millionths fit a long, nearly all there are.
        static void writePlain(Quantity quantity, JsonBytes out) {
            BigDecimal value = quantity.value();
            if (value.signum() <= 0 || value.compareTo(LONG_UNITS_MAX) > 0) {
                out.ascii(quantity.toString());
                return;
            }
            long whole = value.longValue();
            out.ascii(Long.toString(whole));
            int fraction = (int) (value.scaleByPowerOfTen(Quantity.SCALE).longValue() - whole * 1_000_000);
            if (fraction != 0) {
                int width = Quantity.SCALE;
                while (fraction % 10 == 0) {
                    fraction /= 10;
                    width--;
                }
                out.raw('.');
                out.digits(fraction, width);
            }
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
