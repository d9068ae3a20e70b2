package io.tollgate.metering.period;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/// A half-open span `[start, end)`: an event at exactly `end` belongs to the next window.
public record Window(WindowSize size, Instant start, Instant end) {
    private static final long MINUTE_SECONDS = 60;
    private static final long HOUR_SECONDS = 3_600;

    public Window {
        if (!start.isBefore(end)) {
            throw new IllegalArgumentException("a window ends after it starts");
        }
    }

    /// End of a window that has none: no event is that late.
    public static final Instant NEVER = Instant.parse("9999-12-31T00:00:00Z");

    /// The window of `size` that holds `eventTime`. Days, months and years are those of `zone`; where a midnight is
    /// skipped by
    /// a
    /// clock change, the day starts with its first instant.
    public static Window containing(Instant eventTime, WindowSize size, ZoneId zone) {
        return switch (size) {
            case MINUTE -> aligned(eventTime, size, MINUTE_SECONDS);
            case HOUR -> aligned(eventTime, size, HOUR_SECONDS);
            case DAY, DAY_SINCE -> {
                LocalDate day = LocalDate.ofInstant(eventTime, zone);
                yield between(size, day, day.plusDays(1), zone);
            }
            case MONTH, MONTH_SINCE -> {
                LocalDate first = LocalDate.ofInstant(eventTime, zone).withDayOfMonth(1);
                yield between(size, first, first.plusMonths(1), zone);
            }
            case YEAR_SINCE -> {
                LocalDate first = LocalDate.ofInstant(eventTime, zone).withDayOfYear(1);
                yield between(size, first, first.plusYears(1), zone);
            }
            case LIFETIME, CYCLE -> new Window(size, Instant.EPOCH, NEVER);
            case FLUSH -> throw new IllegalArgumentException("a flush window has a length of its own");
        };
    }

    /// The flush window of `seconds` that holds `instant`.
    public static Window flush(Instant instant, int seconds) {
        return aligned(instant, WindowSize.FLUSH, seconds);
    }

    public boolean contains(Instant instant) {
        return !instant.isBefore(start) && instant.isBefore(end);
    }

    private static Window aligned(Instant eventTime, WindowSize size, long seconds) {
        Instant start = Instant.ofEpochSecond(Math.floorDiv(eventTime.getEpochSecond(), seconds) * seconds);
        return new Window(size, start, start.plusSeconds(seconds));
    }

    private static Window between(WindowSize size, LocalDate from, LocalDate to, ZoneId zone) {
        return new Window(
                size, from.atStartOfDay(zone).toInstant(), to.atStartOfDay(zone).toInstant());
    }
}
