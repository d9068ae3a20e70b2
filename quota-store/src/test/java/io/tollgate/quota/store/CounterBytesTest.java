package io.tollgate.quota.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CounterBytesTest {
    private static final Instant TIME = Instant.parse("2026-03-04T10:15:30.123456Z");
    private static final Instant CUT = Instant.parse("2026-03-04T10:00:00Z");

    @ParameterizedTest
    @EnumSource(
            value = WindowSize.class,
            names = {"FLUSH"},
            mode = EnumSource.Mode.EXCLUDE)
    void aCounterIsReadBackAsItWas(WindowSize size) {
        Window window = Window.containing(TIME, size, ZoneOffset.UTC);
        CounterState state = CounterState.ZERO
                .plus(new BigDecimal("-2.500000"), TIME, TIME.plusMillis(7), 41)
                .plus(new BigDecimal("99999999999999.999999"), TIME, TIME.plusMillis(8), 42);
        for (Counter counter :
                List.of(new Counter(window, state), Counter.empty(window), new Counter(window, state, CUT, 40))) {
            assertThat(CounterBytes.fromBytes(key(window), CounterBytes.toBytes(counter)))
                    .isEqualTo(counter);
        }
    }

    /// What the release before wrote: no offset of the cut.
    @ParameterizedTest
    @CsvSource({
        "CYCLE, true, -2",
        "MONTH_SINCE, true, -2",
        "LIFETIME, true, -1",
        "LIFETIME, false, -1",
        "HOUR, false, -1"
    })
    void ofAnOlderCounterItIsKnownWhetherItWasCutAndNotWhere(WindowSize size, boolean cut, long since) {
        Window window = Window.containing(TIME, size, ZoneOffset.UTC);
        Counter read = CounterBytes.fromBytes(key(window), ofVersion2(window, cut ? CUT : null));
        assertThat(read.since()).isEqualTo(since);
        assertThat(read.cutAt().isPresent()).isEqualTo(cut);
        assertThat(read.state().sum()).isEqualByComparingTo("4");
    }

    @Test
    void whereItIsNotKnownSinceWhenACounterCountsTheTimeOfTheEventDecides() {
        Window window = Window.containing(TIME, WindowSize.CYCLE, ZoneOffset.UTC);
        Counter unknown = new Counter(window, CounterState.ZERO, CUT, Counter.UNKNOWN);
        assertThat(unknown.countsFrom(1, CUT)).isTrue();
        assertThat(unknown.countsFrom(1, CUT.minusMillis(1))).isFalse();
        Counter known = new Counter(window, CounterState.ZERO, CUT, 5);
        assertThat(known.countsFrom(5, TIME)).isFalse();
        assertThat(known.countsFrom(6, CUT.minusMillis(1))).isTrue();
    }

    private static byte[] ofVersion2(Window window, @Nullable Instant cut) {
        byte[] four = BigDecimal.valueOf(4).setScale(6).unscaledValue().toByteArray();
        ByteBuffer out = ByteBuffer.allocate(1 + 8 * Long.BYTES + 4 * (1 + four.length));
        out.put((byte) 2)
                .putLong(window.end().getEpochSecond())
                .putLong(1)
                .putLong(0)
                .putLong(0)
                .putLong(7)
                .putLong(cut == null ? Long.MIN_VALUE : cut.getEpochSecond() * 1_000_000)
                .putLong(TIME.getEpochSecond() * 1_000_000)
                .putLong(TIME.getEpochSecond() * 1_000_000);
        for (int i = 0; i < 4; i++) {
            out.put((byte) four.length).put(four);
        }
        return out.array();
    }

    private static CounterKey key(Window window) {
        return new CounterKey("biz_test/tenant:t", "m", window.size(), window.start());
    }
}
