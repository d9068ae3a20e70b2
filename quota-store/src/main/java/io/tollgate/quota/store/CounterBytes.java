package io.tollgate.quota.store;

import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How a [Counter] is stored beside its key: a version byte, the window's end, four longs, then sum, min and max as
/// length and unscaled two's
/// complement. The changelog outlives releases, so a change needs a new version byte and a reader for the old one.
final class CounterBytes {
    private static final byte VERSION = 1;
    private static final int ABSENT = 0;

    private CounterBytes() {}

    static byte[] toBytes(Counter counter) {
        CounterState state = counter.state();
        byte[] sum = unscaled(state.sum());
        byte[] min = unscaled(state.min());
        byte[] max = unscaled(state.max());
        ByteBuffer out = ByteBuffer.allocate(1 + 5 * Long.BYTES + 3 + sum.length + min.length + max.length);
        out.put(VERSION)
                .putLong(counter.window().end().getEpochSecond())
                .putLong(state.eventCount())
                .putLong(state.duplicateCount())
                .putLong(state.rejectedCount())
                .putLong(state.lastOffset());
        for (byte[] number : new byte[][] {sum, min, max}) {
            out.put((byte) number.length).put(number);
        }
        return out.array();
    }

    static Counter fromBytes(CounterKey key, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalStateException("a counter was stored by a newer release (version " + version + ")");
        }
        Window window = new Window(key.size(), key.start(), Instant.ofEpochSecond(in.getLong()));
        long eventCount = in.getLong();
        long duplicateCount = in.getLong();
        long rejectedCount = in.getLong();
        long lastOffset = in.getLong();
        BigDecimal sum = number(in);
        if (sum == null) {
            throw new IllegalStateException("a stored counter has no sum");
        }
        return new Counter(
                window,
                new CounterState(eventCount, sum, number(in), number(in), duplicateCount, rejectedCount, lastOffset));
    }

    private static byte[] unscaled(@Nullable BigDecimal number) {
        return number == null ? new byte[0] : number.unscaledValue().toByteArray();
    }

    private static @Nullable BigDecimal number(ByteBuffer in) {
        int length = in.get();
        if (length == ABSENT) {
            return null;
        }
        byte[] unscaled = new byte[length];
        in.get(unscaled);
        return new BigDecimal(new BigInteger(unscaled), Quantity.SCALE);
    }
}
