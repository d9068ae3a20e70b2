package io.tollgate.billing.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowSeriesTest {
    private static List<Window> windows(String from, String before, WindowSize size, String zone) {
        List<Window> windows = new ArrayList<>();
        new WindowSeries(new Span(Instant.parse(from), Instant.parse(before)), size, ZoneId.of(zone))
                .all()
                .forEachRemaining(windows::add);
        return windows;
    }

    /// Windows follow each other without gap over every change of a clock, and none is missing or twice.
    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            from                 | before               | size   | zone                | windows | hours of the longest
            2026-03-28T12:00:00Z | 2026-03-30T12:00:00Z | DAY    | Europe/Berlin       | 3       | 24
            2026-10-24T12:00:00Z | 2026-10-26T12:00:00Z | DAY    | Europe/Berlin       | 3       | 25
            2026-10-24T12:00:00Z | 2026-10-26T12:00:00Z | HOUR   | Europe/Berlin       | 48      | 1
            2026-04-04T00:00:00Z | 2026-04-06T00:00:00Z | DAY    | Australia/Lord_Howe | 3       | 24
            2011-12-29T00:00:00Z | 2012-01-01T10:00:00Z | DAY    | Pacific/Apia        | 4       | 24
            2026-01-15T00:00:00Z | 2026-03-01T00:00:00Z | MONTH  | America/New_York    | 2       | 744
            2026-01-01T00:00:30Z | 2026-01-01T00:02:00Z | MINUTE | Asia/Kolkata        | 2       | 0
            """)
    void windowsTileThePeriod(String from, String before, WindowSize size, String zone, int count, long longest) {
        List<Window> windows = windows(from, before, size, zone);

        assertThat(windows).hasSize(count);
        assertThat(windows.getFirst().contains(Instant.parse(from))).isTrue();
        assertThat(windows.getLast().contains(Instant.parse(before).minusNanos(1_000)))
                .isTrue();
        for (int i = 1; i < count; i++) {
            assertThat(windows.get(i).start()).isEqualTo(windows.get(i - 1).end());
        }
        assertThat(windows.stream()
                        .map(window -> Duration.between(window.start(), window.end()))
                        .mapToLong(Duration::toHours)
                        .max())
                .hasValue(longest);
        assertThat(WindowSeries.countAtMost(new Span(Instant.parse(from), Instant.parse(before)), size))
                .isBetween((long) count, count + 3L);
    }

    @Test
    void whatFollowsAPlaceBeginsAfterIt() {
        Span period = new Span(Instant.parse("2026-03-01T08:30:00Z"), Instant.parse("2026-03-01T11:00:00Z"));
        WindowSeries series = new WindowSeries(period, WindowSize.HOUR, ZoneId.of("UTC"));

        assertThat(series.after(Instant.parse("2026-03-01T08:00:00Z")).next().start())
                .isEqualTo("2026-03-01T09:00:00Z");
        assertThat(series.after(Instant.parse("2026-03-01T09:15:00Z")).next().start())
                .isEqualTo("2026-03-01T10:00:00Z");
        assertThat(series.after(Instant.parse("2026-02-01T00:00:00Z")).next().start())
                .isEqualTo("2026-03-01T08:00:00Z");
        assertThat(series.after(Instant.parse("2026-03-01T10:00:00Z")).hasNext())
                .isFalse();
    }
}
