package io.tollgate.quota.store;

import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// How a [Counter] is stored beside its key: a version byte, the window's end, four longs, then sum, min and max as
/// length and unscaled two's complement; since version 2 also the latest quantity likewise with its two times, and the
/// cut; since version 3 also the offset of the cut. The changelog outlives releases, so a change needs a new version
/// byte and a reader for the old one.
final class CounterBytes {
    private static final byte WITHOUT_LAST = 1;
    private static final byte WITHOUT_SINCE = 2;
    private static final byte VERSION = 3;
    private static final int ABSENT = 0;
    private static final long NO_CUT = Long.MIN_VALUE;

    private CounterBytes() {}

    static byte[] toBytes(Counter counter) {
        CounterState state = counter.state();
        CounterState.Sample last = state.last();
        byte[] sum = unscaled(state.sum());
        byte[] min = unscaled(state.min());
        byte[] max = unscaled(state.max());
        byte[] latest = unscaled(last == null ? null : last.quantity());
        ByteBuffer out =
                ByteBuffer.allocate(1 + 9 * Long.BYTES + 4 + sum.length + min.length + max.length + latest.length);
        out.put(VERSION)
                .putLong(counter.window().end().getEpochSecond())
                .putLong(state.eventCount())
                .putLong(state.duplicateCount())
                .putLong(state.rejectedCount())
                .putLong(state.lastOffset())
                .putLong(counter.cut() == null ? NO_CUT : micros(counter.cut()))
                .putLong(counter.since())
                .putLong(last == null ? 0 : micros(last.eventTime()))
                .putLong(last == null ? 0 : micros(last.appendedAt()));
        for (byte[] number : new byte[][] {sum, min, max, latest}) {
            out.put((byte) number.length).put(number);
        }
        return out.array();
    }

    static Counter fromBytes(CounterKey key, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        byte version = in.get();
        if (version < WITHOUT_LAST || version > VERSION) {
            throw new IllegalStateException("a counter was stored by a newer release (version " + version + ")");
        }
        boolean withLast = version >= WITHOUT_SINCE;
        Window window = new Window(key.size(), key.start(), Instant.ofEpochSecond(in.getLong()));
        long eventCount = in.getLong();
        long duplicateCount = in.getLong();
        long rejectedCount = in.getLong();
        long lastOffset = in.getLong();
        long cut = withLast ? in.getLong() : NO_CUT;
        long since = version >= VERSION ? in.getLong() : sinceOf(key.size(), cut);
        long lastEventTime = withLast ? in.getLong() : 0;
        long lastAppendedAt = withLast ? in.getLong() : 0;
        BigDecimal sum = number(in);
        if (sum == null) {
            throw new IllegalStateException("a stored counter has no sum");
        }
        BigDecimal min = number(in);
        BigDecimal max = number(in);
        BigDecimal last = withLast ? number(in) : null;
        return new Counter(
                window,
                new CounterState(
                        eventCount,
                        sum,
                        min,
                        max,
                        last == null
                                ? null
                                : new CounterState.Sample(last, instant(lastEventTime), instant(lastAppendedAt)),
                        duplicateCount,
                        rejectedCount,
                        lastOffset),
                cut == NO_CUT ? null : instant(cut),
                since);
    }

    /// A lifetime that was cut goes on counting unless the meter was deleted, which is rare and long forgotten here.
    private static long sinceOf(WindowSize size, long cut) {
        return cut == NO_CUT || size == WindowSize.LIFETIME ? Counter.ALWAYS : Counter.UNKNOWN;
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
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
