package io.tollgate.billing.usage;

import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// The windows that a period touches, in order. Days and months are those of the zone: a day has 23 to 25 hours, and
/// one that a zone skipped is not there.
record WindowSeries(Span period, WindowSize size, ZoneId zone) {
    /// The windows from the first that starts after `after`.
    Iterator<Window> after(Instant after) {
        Window at = Window.containing(max(after, period.from()), size, zone);
        return iterator(at.start().isAfter(after) ? at : following(at));
    }

    Iterator<Window> all() {
        return iterator(Window.containing(period.from(), size, zone));
    }

    /// At least as many as there are; exact for minutes and hours.
    static long countAtMost(Span period, WindowSize size) {
        Duration shortest = switch (size) {
            case MINUTE -> Duration.ofMinutes(1);
            case HOUR -> Duration.ofHours(1);
            case DAY -> Duration.ofHours(23);
            case MONTH -> Duration.ofDays(27);
            default -> throw new IllegalArgumentException("usage is not divided by " + size);
        };
        return Duration.between(period.from(), period.before()).dividedBy(shortest) + 2;
    }

    private Window following(Window window) {
        return Window.containing(window.end(), size, zone);
    }

    private Iterator<Window> iterator(Window first) {
        return new Iterator<>() {
            private Window next = first;

            @Override
            public boolean hasNext() {
                return next.start().isBefore(period.before());
            }

            @Override
            public Window next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Window window = next;
                next = following(window);
                return window;
            }
        };
    }

    private static Instant max(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
