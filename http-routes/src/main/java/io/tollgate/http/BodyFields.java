package io.tollgate.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.problem.Problem.FieldError;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The members of a JSON object, read one by one. What is wrong is gathered, so that the caller learns everything at
/// once; a member that is wrong reads as empty.
public final class BodyFields {
    /// Longest decimal in a string, in characters; the parser of JSON numbers has the same bound.
    private static final int DECIMAL_LENGTH_MAX = 1_000;

    /// Digits before and after the point of a number that is not a quantity: far more than any reader takes.
    private static final int DIGITS_MAX = 100;

    private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,9})?");

    private static final int INTEGER_DIGITS_MAX = 14;
    private static final int INT_DIGITS_MAX = 9;
    private static final String OUT_OF_RANGE = ErrorCode.QUANTITY_OUT_OF_RANGE.name();

    /// What a time may name: the log counts microseconds from 1970 on, and people write years with four digits.
    private static final Instant EARLIEST = Instant.EPOCH;

    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private final JsonNode object;
    private final List<FieldError> errors = new ArrayList<>();

    public BodyFields(JsonNode object) {
        this.object = object;
    }

    public void wrong(String field, String code, String message) {
        errors.add(new FieldError(field, code, message));
    }

    /// @throws Problem if something was wrong
    public void requireRight() {
        if (!errors.isEmpty()) {
            boolean onlyRange = errors.stream().allMatch(error -> error.code().equals(OUT_OF_RANGE));
            throw Problem.invalid(onlyRange ? ErrorCode.QUANTITY_OUT_OF_RANGE : ErrorCode.VALIDATION_FAILED, errors);
        }
    }

    /// As [#requireRight()], in the words of the business dialect: of what is wrong, `details` tells the first.
    ///
    /// @param title what stands in `error`
    /// @param sentence what stands in `message`
    public void requireRight(String title, String sentence) {
        if (!errors.isEmpty()) {
            throw business(title, sentence);
        }
    }

    /// Whether nothing was wrong so far.
    public boolean right() {
        return errors.isEmpty();
    }

    /// What was wrong, in the words of the business dialect.
    public Problem business(String title, String sentence) {
        FieldError first = errors.getFirst();
        Map<String, String> details = new LinkedHashMap<>();
        details.put("field", first.path());
        details.put("error_type", first.code().toLowerCase(Locale.ROOT));
        details.put("message", first.message());
        return Problem.of(
                        first.code().equals(OUT_OF_RANGE)
                                ? ErrorCode.QUANTITY_OUT_OF_RANGE
                                : ErrorCode.VALIDATION_FAILED,
                        sentence)
                .titled(title)
                .withDetails(details);
    }

    /// Says that a member without a value is wrong.
    public void require(String... names) {
        if (!sentWithValue(names)) {
            wrong(names[0], "REQUIRED", "is required");
        }
    }

    /// The member as it stands; missing if it is not there.
    public JsonNode node(String... names) {
        return member(names);
    }

    /// The member under the first of its names that is there, whether or not it is null.
    private JsonNode member(String... names) {
        return Arrays.stream(names)
                .map(object::path)
                .filter(node -> !node.isMissingNode())
                .findFirst()
                .orElse(MissingNode.getInstance());
    }

    /// Whether the member is there, and be it null.
    public boolean sent(String... names) {
        return !member(names).isMissingNode();
    }

    public boolean sentAsNull(String... names) {
        return member(names).isNull();
    }

    public boolean sentWithValue(String... names) {
        JsonNode node = member(names);
        return !node.isMissingNode() && !node.isNull();
    }

    /// A string; `reader` says with an [IllegalArgumentException] that it is none of its kind.
    public <T> Optional<T> text(Function<String, T> reader, String... names) {
        if (!sentWithValue(names)) {
            return Optional.empty();
        }
        JsonNode node = member(names);
        if (!node.isTextual()) {
            wrong(names[0], "INVALID_TYPE", "must be a string");
            return Optional.empty();
        }
        String text = node.textValue();
        try {
            if (!wellFormed(text)) {
                throw new IllegalArgumentException("must not contain half of a surrogate pair");
            }
            return Optional.of(reader.apply(text));
        } catch (IllegalArgumentException e) {
            wrong(names[0], "INVALID_VALUE", String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    public <E extends Enum<E>> Optional<E> word(Class<E> type, String... names) {
        return text(
                text -> Arrays.stream(type.getEnumConstants())
                        .filter(constant -> constant.name().equals(text))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("must be one of "
                                + Arrays.stream(type.getEnumConstants())
                                        .map(Enum::name)
                                        .collect(Collectors.joining(", ")))),
                names);
    }

    /// One of several words, told apart as `ofWord` does.
    ///
    /// @param words all of them, for the sentence that says what there is
    public <T> Optional<T> chosen(Function<String, Optional<T>> ofWord, String words, String... names) {
        return text(
                text -> ofWord.apply(text).orElseThrow(() -> new IllegalArgumentException("must be one of " + words)),
                names);
    }

    /// True or false.
    public Optional<Boolean> flag(String... names) {
        if (!sentWithValue(names)) {
            return Optional.empty();
        }
        if (!member(names).isBoolean()) {
            wrong(names[0], "INVALID_TYPE", "must be true or false");
            return Optional.empty();
        }
        return Optional.of(member(names).booleanValue());
    }

    /// A time with `Z` or an offset; finer digits than microseconds are cut off.
    public Optional<Instant> time(String... names) {
        return text(
                text -> {
                    try {
                        Instant time = OffsetDateTime.parse(text, DateTimeFormatter.ISO_OFFSET_DATE_TIME)
                                .toInstant()
                                .truncatedTo(ChronoUnit.MICROS);
                        if (!time.isBefore(EARLIEST) && !time.isAfter(LATEST)) {
                            return time;
                        }
                    } catch (DateTimeException e) {
                        throw new IllegalArgumentException(
                                "must be an ISO 8601 time with Z or an offset, such as 2026-12-01T00:00:00Z", e);
                    }
                    throw new IllegalArgumentException("must be in the years 1970 to 9999");
                },
                names);
    }

    /// A quantity of at least 0, as a number or as a string that holds one.
    public Optional<Quantity> quantity(String... names) {
        Optional<Quantity> quantity = signedQuantity(names);
        if (quantity.isPresent() && quantity.get().value().signum() < 0) {
            wrong(names[0], "INVALID_VALUE", "must be at least 0");
            return Optional.empty();
        }
        return quantity;
    }

    /// A quantity, as a number or as a string that holds one.
    public Optional<Quantity> signedQuantity(String... names) {
        Optional<BigDecimal> exact = number(names);
        if (exact.isEmpty()) {
            return Optional.empty();
        }
        Optional<Quantity> quantity = rounded(exact.get());
        if (quantity.isEmpty()) {
            wrong(names[0], OUT_OF_RANGE, "must have at most 14 integer digits");
        }
        return quantity;
    }

    /// A number as it is written, or a string that holds one, of at most 100 digits before and after the point.
    public Optional<BigDecimal> decimal(String... names) {
        Optional<BigDecimal> exact = number(names);
        // By its magnitude: 1e999999999 must not be written out to be refused. A zero may have any exponent.
        long integerDigits =
                exact.map(number -> (long) number.precision() - number.scale()).orElse(0L);
        if (exact.isEmpty() || exact.get().signum() == 0) {
            return exact.map(zero -> BigDecimal.ZERO);
        }
        if (integerDigits > DIGITS_MAX || exact.get().scale() > DIGITS_MAX) {
            wrong(names[0], OUT_OF_RANGE, "must have at most " + DIGITS_MAX + " digits before and after the point");
            return Optional.empty();
        }
        return exact;
    }

    private Optional<BigDecimal> number(String... names) {
        JsonNode node = member(names);
        if (!sentWithValue(names)) {
            return Optional.empty();
        }
        if (node.isNumber()) {
            return Optional.of(node.decimalValue());
        }
        if (!node.isTextual()) {
            wrong(names[0], "INVALID_TYPE", "must be a number");
            return Optional.empty();
        }
        String text = node.textValue();
        if (text.length() > DECIMAL_LENGTH_MAX || !DECIMAL.matcher(text).matches()) {
            wrong(names[0], "NOT_A_DECIMAL", "must be a decimal number");
            return Optional.empty();
        }
        return Optional.of(new BigDecimal(text));
    }

    // By its magnitude first: 1e999999999 must not be written out to be refused.
    private static Optional<Quantity> rounded(BigDecimal exact) {
        long integerDigits = (long) exact.precision() - exact.scale();
        if (exact.signum() == 0 || integerDigits < -Quantity.SCALE) {
            return Optional.of(Quantity.rounded(BigDecimal.ZERO));
        }
        if (integerDigits > INTEGER_DIGITS_MAX) {
            return Optional.empty();
        }
        BigDecimal rounded = exact.setScale(Quantity.SCALE, RoundingMode.HALF_UP);
        return rounded.abs().compareTo(Quantity.MAX) > 0 ? Optional.empty() : Optional.of(new Quantity(rounded));
    }

    /// A whole number from `min` to `max`; `30.0` is one.
    public Optional<Integer> whole(int min, int max, String... names) {
        if (!sentWithValue(names)) {
            return Optional.empty();
        }
        JsonNode node = member(names);
        Optional<Integer> whole = node.isNumber() ? whole(node.decimalValue()) : Optional.empty();
        if (whole.filter(value -> value >= min && value <= max).isEmpty()) {
            wrong(
                    names[0],
                    node.isNumber() ? "INVALID_VALUE" : "INVALID_TYPE",
                    "must be a whole number from " + min + " to " + max);
            return Optional.empty();
        }
        return whole;
    }

    private static Optional<Integer> whole(BigDecimal exact) {
        long integerDigits = (long) exact.precision() - exact.scale();
        if (exact.signum() == 0) {
            return Optional.of(0);
        }
        if (integerDigits < 1
                || integerDigits > INT_DIGITS_MAX
                || exact.stripTrailingZeros().scale() > 0) {
            return Optional.empty();
        }
        BigInteger value = exact.toBigInteger();
        return Optional.of(value.intValueExact());
    }

    /// Whether a text has no half of a surrogate pair, which no database and no log can hold.
    public static boolean wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return false;
            }
        }
        return true;
    }
}
