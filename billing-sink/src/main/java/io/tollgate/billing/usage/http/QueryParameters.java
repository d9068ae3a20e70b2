package io.tollgate.billing.usage.http;

import io.micronaut.http.HttpRequest;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.problem.Problem.FieldError;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The query of a request. What is wrong with it is gathered, so that the caller learns everything at once.
public final class QueryParameters {
    /// Most values of one repeated parameter.
    private static final int VALUES_MAX = 100;

    /// Longest value of a filter in characters: that of the names it can match.
    private static final int FILTER_LENGTH_MAX = 100;

    private static final int DATE_LENGTH = 10;

    /// No event is stored outside of these, and both databases and people can write them down.
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private final HttpRequest<?> request;
    private final List<FieldError> errors = new ArrayList<>();

    public QueryParameters(HttpRequest<?> request) {
        this.request = request;
    }

    public void wrong(String parameter, String code, String message) {
        errors.add(new FieldError(parameter, code, message));
    }

    /// @throws Problem if something was wrong
    public void requireRight() {
        if (!errors.isEmpty()) {
            throw Problem.invalid(ErrorCode.VALIDATION_FAILED, errors);
        }
    }

    public Optional<String> text(String parameter) {
        return request.getParameters().getFirst(parameter).filter(value -> !value.isEmpty());
    }

    /// The values of a filter that may be repeated.
    public List<String> filter(String parameter) {
        List<String> values = request.getParameters().getAll(parameter).stream()
                .filter(value -> !value.isEmpty())
                .distinct()
                .toList();
        if (values.size() > VALUES_MAX) {
            wrong(parameter, "too_many", "may be given at most " + VALUES_MAX + " times");
            return List.of();
        }
        if (values.stream().anyMatch(value -> value.length() > FILTER_LENGTH_MAX || value.indexOf('\0') >= 0)) {
            wrong(parameter, "invalid_value", "must have 1 to " + FILTER_LENGTH_MAX + " characters");
            return List.of();
        }
        return values;
    }

    /// As [#filter], of ids of tenants.
    List<String> tenants(String parameter) {
        List<String> values = filter(parameter);
        try {
            values.forEach(TenantId::new);
            return values;
        } catch (IllegalArgumentException e) {
            wrong(
                    parameter,
                    "invalid_value",
                    "must have 1 to " + TenantId.MAX_LENGTH + " characters and no control characters");
            return List.of();
        }
    }

    /// The names of the parameters that begin so, in their order.
    List<String> namesBeginning(String beginning) {
        return request.getParameters().names().stream()
                .filter(name -> name.startsWith(beginning))
                .sorted()
                .toList();
    }

    /// The values of a parameter that is compared with text of any kind, empty ones included.
    List<String> values(String parameter) {
        List<String> values =
                request.getParameters().getAll(parameter).stream().distinct().toList();
        if (values.stream().anyMatch(value -> value.indexOf('\0') >= 0)) {
            wrong(parameter, "invalid_value", "must not contain U+0000");
            return List.of();
        }
        return values;
    }

    /// Most rows of the answer: above `max` it is cut to that.
    public int limit(int standard, int max) {
        Optional<String> text = text("limit");
        if (text.isEmpty()) {
            return standard;
        }
        if (!text.get().matches("0*[1-9][0-9]*")) {
            wrong("limit", "invalid_value", "must be a whole number of at least 1");
            return standard;
        }
        String digits = text.get().replaceFirst("^0+", "");
        boolean beyond = digits.length() > Integer.toString(max).length() || Long.parseLong(digits) > max;
        return beyond ? max : Integer.parseInt(digits);
    }

    /// What `reader` makes of a parameter; it says with an [IllegalArgumentException] that it is not one.
    public <T> Optional<T> read(String parameter, Function<String, T> reader, String message) {
        try {
            return text(parameter).map(reader);
        } catch (IllegalArgumentException e) {
            wrong(parameter, "invalid_value", message);
            return Optional.empty();
        }
    }

    /// First instant of what a date or time names.
    public Optional<Instant> start(String parameter, ZoneId zone) {
        return moment(parameter, date -> date.atStartOfDay(zone).toInstant(), Function.identity());
    }

    /// First instant after what a date or time names, which is included.
    public Optional<Instant> end(String parameter, ZoneId zone) {
        return moment(
                parameter,
                date -> date.plusDays(1).atStartOfDay(zone).toInstant(),
                instant -> instant.plus(1, ChronoUnit.MICROS));
    }

    private Optional<Instant> moment(
            String parameter, Function<LocalDate, Instant> ofDate, Function<Instant, Instant> ofInstant) {
        Optional<String> text = text(parameter);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Instant moment = text.get().length() == DATE_LENGTH
                    ? ofDate.apply(LocalDate.parse(text.get()))
                    : ofInstant.apply(instant(text.get()));
            if (moment.isBefore(EARLIEST) || moment.isAfter(LATEST)) {
                throw new DateTimeException("out of range");
            }
            return Optional.of(moment);
        } catch (DateTimeException e) {
            wrong(
                    parameter,
                    "invalid_value",
                    "must be a date (YYYY-MM-DD) or an ISO 8601 time with Z or an offset, in the years 1 to 9999");
            return Optional.empty();
        }
    }

    // A '+' that is not escaped in a query arrives as a space.
    private static Instant instant(String text) {
        return OffsetDateTime.parse(text.replace(' ', '+'), DateTimeFormatter.ISO_OFFSET_DATE_TIME)
                .toInstant()
                .truncatedTo(ChronoUnit.MICROS);
    }
}
