package io.tollgate.control.key.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.access.Networks;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.problem.Problem.FieldError;
import io.tollgate.control.key.ScopedKeyDraft;
import io.tollgate.http.JsonBody;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Bodies of the routes of scoped keys. Everything that is wrong is told at once.
final class ScopedKeyBody {
    private static final Duration OVERLAP_MAX = Duration.ofDays(30);
    private static final Instant EXPIRY_MAX = Instant.parse("9999-12-31T00:00:00Z");
    private static final int KEY_LENGTH_MAX = 512;

    private final JsonNode object;
    private final List<FieldError> errors = new ArrayList<>();

    ScopedKeyBody(JsonNode object) {
        this.object = object;
    }

    /// @param now what expires must lie after
    ScopedKeyDraft draft(Instant now) {
        String name = name();
        Set<Permission> permissions = permissions();
        Optional<Instant> expiresAt = expiresAt(now);
        List<String> allowedCidrs = allowedCidrs();
        requireRight();
        return new ScopedKeyDraft(name, permissions, expiresAt, allowedCidrs);
    }

    Duration overlap() {
        JsonNode node = object.path("overlap_seconds");
        if (absent(node)) {
            return Duration.ZERO;
        }
        BigDecimal seconds = node.isNumber() ? node.decimalValue() : BigDecimal.ONE.negate();
        if (seconds.signum() < 0
                || seconds.compareTo(BigDecimal.valueOf(OVERLAP_MAX.toSeconds())) > 0
                || seconds.stripTrailingZeros().scale() > 0) {
            wrong("overlap_seconds", "INVALID_VALUE", "must be a whole number from 0 to " + OVERLAP_MAX.toSeconds());
            requireRight();
        }
        return Duration.ofSeconds(seconds.longValue());
    }

    String key() {
        JsonNode node = object.path("key");
        if (!node.isTextual() || node.textValue().length() > KEY_LENGTH_MAX) {
            wrong("key", absent(node) ? "REQUIRED" : "INVALID_VALUE", "must be the text of a key");
            requireRight();
        }
        return node.asText();
    }

    private String name() {
        JsonNode node = object.path("name");
        if (absent(node)) {
            wrong("name", "REQUIRED", "is required");
        } else if (!node.isTextual()) {
            wrong("name", "INVALID_TYPE", "must be a string");
        } else if (!JsonBody.storable(node)) {
            wrong("name", "INVALID_VALUE", "must not contain half of a surrogate pair");
        } else {
            try {
                ScopedKeyDraft.requireName(node.textValue());
            } catch (IllegalArgumentException e) {
                wrong("name", "INVALID_VALUE", String.valueOf(e.getMessage()));
            }
        }
        return node.asText();
    }

    private Set<Permission> permissions() {
        JsonNode node = object.path("permissions");
        if (absent(node)) {
            return ScopedKeyDraft.PERMISSIONS_ABSENT;
        }
        Set<Permission> permissions = EnumSet.noneOf(Permission.class);
        if (!node.isArray() || node.isEmpty() || node.size() > Permission.values().length) {
            wrong("permissions", "INVALID_VALUE", "must list at least one of " + Permission.words());
            return permissions;
        }
        for (int i = 0; i < node.size(); i++) {
            Optional<Permission> permission = Permission.ofWord(node.get(i).asText());
            if (permission.isPresent() && node.get(i).isTextual()) {
                permissions.add(permission.get());
            } else {
                wrong("permissions[" + i + "]", "INVALID_VALUE", "must be one of " + Permission.words());
            }
        }
        return permissions;
    }

    private Optional<Instant> expiresAt(Instant now) {
        JsonNode node = object.path("expires_at");
        if (absent(node)) {
            return Optional.empty();
        }
        try {
            Instant end = OffsetDateTime.parse(node.isTextual() ? node.textValue() : "")
                    .toInstant()
                    .truncatedTo(ChronoUnit.MICROS);
            if (end.isAfter(now) && !end.isAfter(EXPIRY_MAX)) {
                return Optional.of(end);
            }
            wrong("expires_at", "INVALID_VALUE", "must lie in the future, before the year 10000");
        } catch (DateTimeException e) {
            wrong("expires_at", "INVALID_VALUE", "must be an ISO 8601 time with Z or an offset");
        }
        return Optional.empty();
    }

    private List<String> allowedCidrs() {
        JsonNode node = object.path("allowed_cidrs");
        List<String> entries = new ArrayList<>();
        if (absent(node)) {
            return entries;
        }
        if (!node.isArray() || node.size() > Networks.ENTRIES_MAX) {
            wrong("allowed_cidrs", "INVALID_TYPE", "must be a list of at most " + Networks.ENTRIES_MAX + " networks");
            return entries;
        }
        node.forEach(entry -> entries.add(entry.isTextual() ? entry.textValue() : ""));
        try {
            Networks.parse(entries);
        } catch (IllegalArgumentException e) {
            wrong("allowed_cidrs", "INVALID_VALUE", "each " + e.getMessage());
        }
        return entries;
    }

    private static boolean absent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private void wrong(String field, String code, String message) {
        errors.add(new FieldError(field, code, message));
    }

    private void requireRight() {
        if (!errors.isEmpty()) {
            throw Problem.invalid(ErrorCode.VALIDATION_FAILED, errors);
        }
    }
}
