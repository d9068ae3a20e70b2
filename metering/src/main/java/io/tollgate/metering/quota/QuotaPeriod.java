package io.tollgate.metering.quota;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;

/// Over what span a quota accumulates. Calendar spans are those of the organization's zone.
public sealed interface QuotaPeriod {
    /// Days that a rolling quota looks at: the current one and those before it.
    int ROLLING_DAYS = 30;

    /// The span by which an event of `eventTime` is judged first.
    Span containing(Instant eventTime, ZoneId zone);

    /// All spans that an event of `eventTime` must fit into, as of `now`: for a rolling period also those that end on
    /// later days up to the one after `now`, since a late event is in each of them, and so is one of today where events
    /// dated tomorrow are counted already.
    default List<Span> judging(Instant eventTime, Instant now, ZoneId zone) {
        return List.of(containing(eventTime, zone));
    }

    record Daily() implements QuotaPeriod {
        @Override
        public Span containing(Instant eventTime, ZoneId zone) {
            LocalDate day = LocalDate.ofInstant(eventTime, zone);
            return days(day, day.plusDays(1), zone);
        }
    }

    record Monthly() implements QuotaPeriod {
        @Override
        public Span containing(Instant eventTime, ZoneId zone) {
            LocalDate first = LocalDate.ofInstant(eventTime, zone).withDayOfMonth(1);
            return days(first, first.plusMonths(1), zone);
        }
    }

    record Yearly() implements QuotaPeriod {
        @Override
        public Span containing(Instant eventTime, ZoneId zone) {
            LocalDate first = LocalDate.ofInstant(eventTime, zone).withDayOfYear(1);
            return days(first, first.plusYears(1), zone);
        }
    }

    /// Since the beginning, for ever.
    record Lifetime() implements QuotaPeriod {
        private static final Span ALWAYS = new Span(Instant.EPOCH, Instant.MAX);

        @Override
        public Span containing(Instant eventTime, ZoneId zone) {
            return ALWAYS;
        }
    }

    /// The calendar day and the 29 before it.
    record Rolling() implements QuotaPeriod {
        /// No event is dated further ahead of its arrival.
        private static final int DAYS_AHEAD_MAX = 1;

        @Override
        public Span containing(Instant eventTime, ZoneId zone) {
            return endingOn(LocalDate.ofInstant(eventTime, zone), zone);
        }

        @Override
        public List<Span> judging(Instant eventTime, Instant now, ZoneId zone) {
            LocalDate day = LocalDate.ofInstant(eventTime, zone);
            LocalDate newest = LocalDate.ofInstant(now, zone).plusDays(DAYS_AHEAD_MAX);
            LocalDate last = day.plusDays(ROLLING_DAYS - 1);
            List<Span> spans = new ArrayList<>();
            spans.add(endingOn(day, zone));
            for (LocalDate end = day.plusDays(1); !end.isAfter(newest) && !end.isAfter(last); end = end.plusDays(1)) {
                spans.add(endingOn(end, zone));
            }
            return spans;
        }

        private static Span endingOn(LocalDate day, ZoneId zone) {
            return days(day.minusDays(ROLLING_DAYS - 1), day.plusDays(1), zone);
        }
    }

    /// Spans of one length, one after another, before and after `anchor`.
    ///
    /// @param anchor start of one of them, whole minutes
    /// @param length whole minutes, 1 hour to 366 days
    record Custom(Instant anchor, Duration length) implements QuotaPeriod {
        public static final Duration LENGTH_MIN = Duration.ofHours(1);
        public static final Duration LENGTH_MAX = Duration.ofDays(366);
        private static final long MINUTE_SECONDS = 60;

        public Custom {
            if (anchor.getNano() != 0 || anchor.getEpochSecond() % MINUTE_SECONDS != 0) {
                throw new IllegalArgumentException("a custom quota window starts on a whole minute");
            }
            if (length.compareTo(LENGTH_MIN) < 0
                    || length.compareTo(LENGTH_MAX) > 0
                    || length.getNano() != 0
                    || length.toSeconds() % MINUTE_SECONDS != 0) {
                throw new IllegalArgumentException(
                        "a custom quota window is 1 hour to 366 days long, in whole minutes");
            }
        }

        @Override
        public Span containing(Instant eventTime, ZoneId zone) {
            long seconds = length.toSeconds();
            long passed = Math.floorDiv(eventTime.getEpochSecond() - anchor.getEpochSecond(), seconds);
            Instant start = anchor.plusSeconds(passed * seconds);
            return new Span(start, start.plusSeconds(seconds));
        }
    }

    private static Span days(LocalDate from, LocalDate to, ZoneId zone) {
        return new Span(
                from.atStartOfDay(zone).toInstant(), to.atStartOfDay(zone).toInstant());
    }
}
