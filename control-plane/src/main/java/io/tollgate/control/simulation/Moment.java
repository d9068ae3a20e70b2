package io.tollgate.control.simulation;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/// A time, or a date, which begins when its day begins in the organization's zone.
public sealed interface Moment {
    record Day(LocalDate date) implements Moment {}

    record At(Instant instant) implements Moment {}

    /// @throws IllegalArgumentException if it is neither, or not in the years 1970 to 9999
    static Moment read(String text) {
        try {
            Moment moment = text.length() == "2026-01-01".length()
                    ? new Day(LocalDate.parse(text))
                    : new At(OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS));
            int year = switch (moment) {
                case Day day -> day.date().getYear();
                case At at -> at.instant().atOffset(ZoneOffset.UTC).getYear();
            };
            if (year >= 1970 && year <= 9999) {
                return moment;
            }
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("must be a date, or an ISO 8601 time with Z or an offset", e);
        }
        throw new IllegalArgumentException("must be in the years 1970 to 9999");
    }

    default Instant in(ZoneId zone) {
        return switch (this) {
            case Day day -> day.date().atStartOfDay(zone).toInstant();
            case At at -> at.instant();
        };
    }
}
