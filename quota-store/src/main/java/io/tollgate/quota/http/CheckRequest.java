package io.tollgate.quota.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.problem.Problem.FieldError;
import io.tollgate.metering.quantity.Quantity;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One quantity to be checked, as a caller asks.
///
/// @param quantity scale 6
record CheckRequest(TenantId tenantId, MeterKey meter, BigDecimal quantity) {
    /// Most checks of one request.
    static final int CHECKS_MAX = 1_000;

    private static final int BYTES_MAX = 8_000_000;
    private static final int DEPTH_MAX = 32;
    /// Longest literal of a quantity, in characters. The widest quantity needs 21; the rest is generous room for zeros.
    private static final int QUANTITY_LENGTH_MAX = 1_000;

    private static final int INTEGER_DIGITS_MAX = 14;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
            .build();

    static {
        JSON.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEPTH_MAX)
                        .build());
    }

    /// Which counter is meant.
    record Target(TenantId tenantId, MeterKey meter) {}

    /// Several checks of one request.
    ///
    /// @param atomic whether what they ask of one counter is tested as a sum
    record Batch(List<CheckRequest> checks, boolean atomic) {}

    Target target() {
        return new Target(tenantId, meter);
    }

    /// A check as a query asks it.
    ///
    /// @throws Problem if something is missing or wrong
    static CheckRequest of(@Nullable String tenantId, @Nullable String meter, @Nullable String quantity) {
        Faults faults = new Faults("");
        CheckRequest request = read(tenantId, meter, quantity, faults);
        faults.raise();
        if (request == null) {
            throw new IllegalStateException("a check without faults is complete");
        }
        return request;
    }

    /// The checks of a body.
    ///
    /// @throws Problem if it is not a batch of checks
    static Batch batch(byte[] body) {
        if (body.length > BYTES_MAX) {
            throw Problem.of(ErrorCode.BODY_TOO_LARGE, "Request body exceeds maximum size of 8MB")
                    .with("max_bytes", BYTES_MAX);
        }
        JsonNode json = parsed(body);
        JsonNode checks = json.path("checks");
        if (!checks.isArray() || checks.isEmpty() || checks.size() > CHECKS_MAX) {
            throw invalid("checks", "must be a list of 1 to " + CHECKS_MAX + " checks");
        }
        JsonNode atomic = json.path("atomic");
        if (!atomic.isBoolean() && !atomic.isMissingNode() && !atomic.isNull()) {
            throw invalid("atomic", "must be true or false");
        }
        List<CheckRequest> requests = new ArrayList<>(checks.size());
        List<FieldError> errors = new ArrayList<>();
        for (int i = 0; i < checks.size(); i++) {
            JsonNode check = checks.get(i);
            Faults faults = new Faults("checks[" + i + "].");
            CheckRequest request = read(
                    text(check, "tenant_id", "customer_id"),
                    text(check, "event_type", "metric_name", "meter"),
                    text(check, "quantity", "value"),
                    faults);
            if (request != null) {
                requests.add(request);
            }
            errors.addAll(faults.errors);
        }
        if (!errors.isEmpty()) {
            throw Problem.invalid(codeOf(errors), errors);
        }
        return new Batch(requests, atomic.asBoolean(false));
    }

    /// One check per counter, with the sum of what is asked of it.
    static List<CheckRequest> sums(List<CheckRequest> requests) {
        Map<Target, BigDecimal> sums = new LinkedHashMap<>();
        requests.forEach(request -> sums.merge(request.target(), request.quantity(), BigDecimal::add));
        return sums.entrySet().stream()
                .map(sum ->
                        new CheckRequest(sum.getKey().tenantId(), sum.getKey().meter(), sum.getValue()))
                .toList();
    }

    private static @Nullable CheckRequest read(
            @Nullable String tenantId, @Nullable String meter, @Nullable String quantity, Faults faults) {
        TenantId tenant = null;
        MeterKey key = null;
        BigDecimal amount = null;
        try {
            tenant = new TenantId(faults.required("tenant_id", tenantId));
        } catch (IllegalArgumentException e) {
            faults.add("tenant_id", e);
        }
        try {
            key = new MeterKey(faults.required("event_type", meter));
        } catch (IllegalArgumentException e) {
            faults.add("event_type", e);
        }
        try {
            amount = quantity == null ? BigDecimal.ONE.setScale(Quantity.SCALE) : quantity(quantity);
        } catch (IllegalArgumentException e) {
            faults.add("quantity", e);
        } catch (ArithmeticException e) {
            faults.errors.add(new FieldError(
                    faults.prefix + "quantity",
                    ErrorCode.QUANTITY_OUT_OF_RANGE.name(),
                    "must have at most " + INTEGER_DIGITS_MAX + " integer digits"));
        }
        return tenant == null || key == null || amount == null ? null : new CheckRequest(tenant, key, amount);
    }

    /// Rounded to the scale of quantities, without ever writing out an exponent.
    ///
    /// @throws ArithmeticException if it is too large
    /// @throws IllegalArgumentException if it is not a decimal
    private static BigDecimal quantity(String text) {
        if (text.isEmpty() || text.length() > QUANTITY_LENGTH_MAX) {
            throw new IllegalArgumentException("must be a decimal number");
        }
        BigDecimal exact;
        try {
            exact = new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a decimal number", e);
        }
        long integerDigits = (long) exact.precision() - exact.scale();
        if (exact.signum() == 0 || integerDigits < -Quantity.SCALE) {
            return BigDecimal.ZERO.setScale(Quantity.SCALE);
        }
        if (integerDigits > INTEGER_DIGITS_MAX) {
            throw new ArithmeticException("too many digits");
        }
        BigDecimal rounded = exact.setScale(Quantity.SCALE, RoundingMode.HALF_UP);
        if (rounded.abs().compareTo(Quantity.MAX) > 0) {
            throw new ArithmeticException("too many digits");
        }
        return rounded;
    }

    private static JsonNode parsed(byte[] body) {
        JsonNode json;
        try {
            json = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, "The body is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, "The body is not JSON.");
        }
        if (json == null || !json.isObject()) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, "The body must be a JSON object.");
        }
        return json;
    }

    /// A string, or a number as it was written; the first name that is there wins.
    private static @Nullable String text(JsonNode check, String... names) {
        for (String name : names) {
            JsonNode value = check.path(name);
            if (!value.isMissingNode() && !value.isNull()) {
                return value.isContainerNode() ? "" : value.asText();
            }
        }
        return null;
    }

    private static Problem invalid(String path, String message) {
        return Problem.invalid(ErrorCode.VALIDATION_FAILED, List.of(new FieldError(path, "invalid", message)));
    }

    private static ErrorCode codeOf(List<FieldError> errors) {
        return errors.getFirst().code().equals(ErrorCode.QUANTITY_OUT_OF_RANGE.name())
                ? ErrorCode.QUANTITY_OUT_OF_RANGE
                : ErrorCode.VALIDATION_FAILED;
    }

    /// What is wrong with one check.
    private static final class Faults {
        private final String prefix;
        private final List<FieldError> errors = new ArrayList<>();

        Faults(String prefix) {
            this.prefix = prefix;
        }

        String required(String field, @Nullable String value) {
            if (value == null) {
                throw new IllegalArgumentException(field + " is required");
            }
            return value;
        }

        void add(String field, IllegalArgumentException e) {
            errors.add(new FieldError(prefix + field, "invalid", String.valueOf(e.getMessage())));
        }

        void raise() {
            if (!errors.isEmpty()) {
                throw Problem.invalid(codeOf(errors), errors);
            }
        }
    }
}
