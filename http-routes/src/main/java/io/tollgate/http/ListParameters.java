package io.tollgate.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// What lists take in their query: filters, times, the size of a page and where it begins. An empty value is none.
public final class ListParameters {
    private static final int DATE_LENGTH = 10;

    private ListParameters() {}

    public static Optional<String> text(HttpRequest<?> request, String parameter) {
        return request.getParameters().getFirst(parameter).filter(value -> !value.isEmpty());
    }

    public static Optional<String> filter(HttpRequest<?> request, String parameter, int lengthMax) {
        Optional<String> value = text(request, parameter);
        if (value.filter(text -> text.length() > lengthMax || text.indexOf('\0') >= 0)
                .isPresent()) {
            throw invalid(parameter, "must have 1 to " + lengthMax + " characters");
        }
        return value;
    }

    /// Whether the list is asked for in pages.
    public static boolean paged(HttpRequest<?> request) {
        return text(request, "limit").isPresent() || text(request, "cursor").isPresent();
    }

    /// `limit`, cut to `max`.
    public static int limit(HttpRequest<?> request, int absent, int max) {
        Optional<String> text = text(request, "limit");
        if (text.filter(value -> !value.matches("0*[1-9][0-9]*")).isPresent()) {
            throw invalid("limit", "must be a whole number of at least 1");
        }
        // More digits than the maximum has are more than the maximum.
        return text.map(value -> value.replaceFirst("^0+", ""))
                .map(digits -> digits.length() > Integer.toString(max).length()
                        ? max
                        : Math.min(Integer.parseInt(digits), max))
                .orElse(absent);
    }

    public static Optional<TimeCursor> cursor(HttpRequest<?> request) {
        try {
            return text(request, "cursor").map(TimeCursor::fromText);
        } catch (IllegalArgumentException e) {
            throw badCursor();
        }
    }

    /// As [#cursor], of a list whose ids are UUIDs.
    public static Optional<TimeCursor> cursorOfUuids(HttpRequest<?> request) {
        Optional<TimeCursor> cursor = cursor(request);
        try {
            return cursor.map(found ->
                    new TimeCursor(found.at(), UUID.fromString(found.id()).toString()));
        } catch (IllegalArgumentException e) {
            throw badCursor();
        }
    }

    /// The start of a span: a time, or a date for the begin of that day in UTC.
    public static Optional<Instant> from(HttpRequest<?> request, String parameter) {
        return text(request, parameter).map(text -> time(parameter, text, 0));
    }

    /// The first instant after a span whose last is given: a time, or a date for that whole day in UTC.
    public static Optional<Instant> after(HttpRequest<?> request, String parameter) {
        return text(request, parameter).map(text -> time(parameter, text, 1));
    }

    // Times are told apart by the microsecond.
    private static Instant time(String parameter, String text, int units) {
        try {
            return text.length() == DATE_LENGTH
                    ? LocalDate.parse(text)
                            .plusDays(units)
                            .atStartOfDay(ZoneOffset.UTC)
                            .toInstant()
                    : OffsetDateTime.parse(text)
                            .toInstant()
                            .truncatedTo(ChronoUnit.MICROS)
                            .plus(units, ChronoUnit.MICROS);
        } catch (DateTimeException e) {
            throw invalid(parameter, "must be a date, or an ISO 8601 time with Z or an offset");
        }
    }

    /// The problem that a parameter has.
    public static Problem invalid(String parameter, String message) {
        return Problem.invalid(
                ErrorCode.VALIDATION_FAILED, List.of(new Problem.FieldError(parameter, "INVALID_VALUE", message)));
    }

    private static Problem badCursor() {
        return invalid("cursor", "must be a next_cursor of this list");
    }
}
