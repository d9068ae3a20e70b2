package io.tollgate.metering.period;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowTest {
    /// Vectors V4 a to f of the domain.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        2026-03-31T22:30:00Z        | UTC              | DAY   | 2026-03-31T00:00:00Z | 2026-04-01T00:00:00Z
        2026-03-31T22:30:00Z        | UTC              | MONTH | 2026-03-01T00:00:00Z | 2026-04-01T00:00:00Z
        2026-03-31T22:30:00Z        | Europe/Berlin    | DAY   | 2026-03-31T22:00:00Z | 2026-04-01T22:00:00Z
        2026-03-31T22:30:00Z        | Europe/Berlin    | MONTH | 2026-03-31T22:00:00Z | 2026-04-30T22:00:00Z
        2026-03-31T22:30:00Z        | America/New_York | DAY   | 2026-03-31T04:00:00Z | 2026-04-01T04:00:00Z
        2026-03-31T22:30:00Z        | America/New_York | MONTH | 2026-03-01T05:00:00Z | 2026-04-01T04:00:00Z
        2026-03-29T00:30:00Z        | Europe/Berlin    | DAY   | 2026-03-28T23:00:00Z | 2026-03-29T22:00:00Z
        2026-03-29T00:30:00Z        | Europe/Berlin    | MONTH | 2026-02-28T23:00:00Z | 2026-03-31T22:00:00Z
        2026-10-25T12:00:00Z        | Europe/Berlin    | DAY   | 2026-10-24T22:00:00Z | 2026-10-25T23:00:00Z
        2026-10-25T12:00:00Z        | Europe/Berlin    | MONTH | 2026-09-30T22:00:00Z | 2026-10-31T23:00:00Z
        2026-02-28T23:59:59.999999Z | UTC              | DAY   | 2026-02-28T00:00:00Z | 2026-03-01T00:00:00Z
        2026-02-28T23:59:59.999999Z | UTC              | MONTH | 2026-02-01T00:00:00Z | 2026-03-01T00:00:00Z
        2026-03-04T10:17:42Z        | Asia/Kathmandu   | HOUR  | 2026-03-04T10:00:00Z | 2026-03-04T11:00:00Z
        2026-03-04T10:17:42Z        | Asia/Kathmandu   | MINUTE| 2026-03-04T10:17:00Z | 2026-03-04T10:18:00Z
        1969-12-31T23:59:59.5Z      | UTC              | MINUTE| 1969-12-31T23:59:00Z | 1970-01-01T00:00:00Z
        """)
    void windowsAreCalendarSpansOfTheZoneOrMultiplesSinceTheEpoch(
            Instant eventTime, ZoneId zone, WindowSize size, Instant start, Instant end) {
        assertThat(Window.containing(eventTime, size, zone)).isEqualTo(new Window(size, start, end));
    }

    @Test
    void anEventAtTheEndBelongsToTheNextWindow() {
        Window day = Window.containing(Instant.parse("2026-01-31T12:00:00Z"), WindowSize.DAY, ZoneId.of("UTC"));
        Window next = Window.containing(day.end(), WindowSize.DAY, ZoneId.of("UTC"));
        assertThat(day.contains(day.end())).isFalse();
        assertThat(next.start()).isEqualTo(day.end());
    }

    /// For random instants and zones: the window holds its instant, its neighbours touch it without gap or overlap, and
    /// the
    /// remembering [Windows] agrees with the plain calculation.
    @Test
    void windowsTileTime() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        String[] zones = {"UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Chatham", "Australia/Lord_Howe"};
        for (int i = 0; i < 2_000; i++) {
            ZoneId zone = ZoneId.of(zones[random.nextInt(zones.length)]);
            Windows windows = new Windows(zone);
            Instant instant = Instant.ofEpochSecond(random.nextLong(0, 4_102_444_800L), random.nextInt(1_000_000_000));
            for (WindowSize size : WindowSize.CALENDAR) {
                Window window = windows.containing(instant, size);
                Instant near = window.end().minusNanos(1);
                assertThat(window.contains(instant))
                        .as("seed %s %s %s", seed, zone, instant)
                        .isTrue();
                assertThat(windows.containing(near, size)).as("seed %s", seed).isEqualTo(window);
                assertThat(windows.containing(window.end(), size).start())
                        .as("seed %s", seed)
                        .isEqualTo(window.end());
                assertThat(Window.containing(window.start().minusNanos(1), size, zone)
                                .end())
                        .as("seed %s %s %s %s", seed, zone, instant, size)
                        .isEqualTo(window.start());
            }
        }
    }
}
