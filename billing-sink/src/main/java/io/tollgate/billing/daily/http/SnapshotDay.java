package io.tollgate.billing.daily.http;

import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/// The day that a request names.
final class SnapshotDay {
    private static final int DATE_LENGTH = 10;
    private static final int YEAR_FIRST = 1970;

    private SnapshotDay() {}

    /// A date, or a time for the day of UTC that it is in.
    ///
    /// @param today the last day that there are snapshots of
    /// @throws IllegalArgumentException saying what is wrong
    static LocalDate read(String text, LocalDate today) {
        LocalDate day;
        try {
            day = text.length() == DATE_LENGTH
                    ? LocalDate.parse(text)
                    : OffsetDateTime.parse(text)
                            .withOffsetSameInstant(ZoneOffset.UTC)
                            .toLocalDate();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "must be a date (YYYY-MM-DD), or an ISO 8601 time with Z or an offset", e);
        }
        if (day.isAfter(today) || day.getYear() < YEAR_FIRST) {
            throw new IllegalArgumentException("must be in 1970 to " + today + ", which is today in UTC");
        }
        return day;
    }

    /// The problem of a day that is not known to be stored.
    static Problem behind() {
        return Problem.of(
                        ErrorCode.NOT_CAUGHT_UP,
                        "Not all events that were reported are stored yet, so the day is not known. Ask again later.")
                .retryAfter(5);
    }
}
