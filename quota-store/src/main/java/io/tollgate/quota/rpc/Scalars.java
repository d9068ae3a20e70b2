package io.tollgate.quota.rpc;

import com.google.protobuf.ByteString;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/// Numbers, instants and ids as they travel. Reading refuses with [IllegalArgumentException] what no peer of this
/// product
/// sends.
final class Scalars {
    /// Twice what any quantity, limit or sum of this product needs.
    private static final int UNSCALED_BYTES_MAX = 32;
    private static final int SCALE_MAX = 24;
    private static final int ID_BYTES = 16;
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final int NANOS_PER_MICRO = 1_000;

    private Scalars() {}

    static Wire.Decimal toWire(BigDecimal value) {
        return Wire.Decimal.newBuilder()
                .setUnscaled(ByteString.copyFrom(value.unscaledValue().toByteArray()))
                .setScale(value.scale())
                .build();
    }

    static BigDecimal fromWire(Wire.Decimal decimal) {
        int length = decimal.getUnscaled().size();
        if (length < 1 || length > UNSCALED_BYTES_MAX || Math.abs(decimal.getScale()) > SCALE_MAX) {
            throw new IllegalArgumentException("a decimal has 1 to " + UNSCALED_BYTES_MAX
                    + " bytes and a scale of at most " + SCALE_MAX + ", not " + length + " and " + decimal.getScale());
        }
        return new BigDecimal(new BigInteger(decimal.getUnscaled().toByteArray()), decimal.getScale());
    }

    static Optional<BigDecimal> fromWire(boolean present, Wire.Decimal decimal) {
        return present ? Optional.of(fromWire(decimal)) : Optional.empty();
    }

    static long micros(Instant instant) {
        return Math.addExact(
                Math.multiplyExact(instant.getEpochSecond(), MICROS_PER_SECOND), instant.getNano() / NANOS_PER_MICRO);
    }

    static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    static Optional<Instant> instant(boolean present, long micros) {
        return present ? Optional.of(instant(micros)) : Optional.empty();
    }

    static long micros(Duration duration) {
        return duration.toNanos() / NANOS_PER_MICRO;
    }

    static Duration duration(long micros) {
        return Duration.of(micros, ChronoUnit.MICROS);
    }

    static Optional<Duration> duration(boolean present, long micros) {
        return present ? Optional.of(duration(micros)) : Optional.empty();
    }

    static ByteString toWire(UUID id) {
        ByteBuffer bytes = ByteBuffer.allocate(ID_BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits());
        return ByteString.copyFrom(bytes.flip());
    }

    static UUID uuid(ByteString bytes) {
        ByteBuffer id = ByteBuffer.wrap(id(bytes));
        return new UUID(id.getLong(), id.getLong());
    }

    static byte[] id(ByteString bytes) {
        if (bytes.size() != ID_BYTES) {
            throw new IllegalArgumentException("an id has " + ID_BYTES + " bytes, not " + bytes.size());
        }
        return bytes.toByteArray();
    }

    static IllegalArgumentException unknown(String what, Object value) {
        return new IllegalArgumentException("no " + what + " is " + value);
    }
}
