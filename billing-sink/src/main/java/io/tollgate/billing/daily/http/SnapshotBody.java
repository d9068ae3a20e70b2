package io.tollgate.billing.daily.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.problem.Problem.FieldError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Which snapshots a request wants to have made.
record SnapshotBody(LocalDate day, Optional<MeterKey> meter, Optional<TenantId> tenantId) {
    private static final int DEPTH_MAX = 32;
    private static final LocalDate NO_DAY = LocalDate.EPOCH;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    static {
        JSON.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEPTH_MAX)
                        .build());
    }

    /// @param today the last day that there are snapshots of
    /// @throws Problem saying everything that is wrong
    static SnapshotBody read(byte[] body, LocalDate today) {
        JsonNode object = object(body);
        List<FieldError> errors = new ArrayList<>();
        Optional<LocalDate> day = text(object, errors, text -> SnapshotDay.read(text, today), "snapshot_date");
        if (day.isEmpty() && errors.isEmpty()) {
            errors.add(new FieldError("snapshot_date", "REQUIRED", "is required"));
        }
        SnapshotBody read = new SnapshotBody(
                day.orElse(NO_DAY),
                text(object, errors, MeterKey::new, "event_type", "metric_name", "meter"),
                text(object, errors, TenantId::new, "tenant_id", "customer_id"));
        if (!errors.isEmpty()) {
            throw Problem.invalid(ErrorCode.VALIDATION_FAILED, errors);
        }
        return read;
    }

    private static JsonNode object(byte[] body) {
        JsonNode object;
        try {
            object = JSON.readTree(body);
        } catch (IOException e) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, "Invalid request body");
        }
        if (object == null || !object.isObject()) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, "Invalid request body: a JSON object is expected");
        }
        return object;
    }

    /// The text of the first of these members that is there; absent if that is null.
    private static <T> Optional<T> text(
            JsonNode object, List<FieldError> errors, Function<String, T> reader, String... names) {
        JsonNode value = List.of(names).stream()
                .map(object::path)
                .filter(node -> !node.isMissingNode())
                .findFirst()
                .orElse(object.path(names[0]));
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            errors.add(new FieldError(names[0], "INVALID_TYPE", "must be a string"));
            return Optional.empty();
        }
        try {
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(value.textValue())) {
                throw new IllegalArgumentException("must not contain half of a surrogate pair");
            }
            return Optional.of(reader.apply(value.textValue()));
        } catch (IllegalArgumentException e) {
            errors.add(new FieldError(names[0], "INVALID_VALUE", String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }
}
