package io.tollgate.ingest.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Reach;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.ingest.proxy.ProxyCall;
import io.tollgate.metering.quantity.Quantity;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads the body of a proxy call. Members that nobody knows are ignored.
final class ProxyBody {
    private static final String INVALID = "Invalid proxy request data";
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS");
    private static final Set<String> METHODS_WITH_BODY = Set.of("POST", "PUT", "PATCH");
    private static final int DEPTH_MAX = 32;
    private static final int HEADER_LENGTH_MAX = 8_192;
    private static final int INTEGER_DIGITS_MAX = 14;
    private static final int COUNT_LENGTH_MAX = 100;

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

    private final JsonNode body;

    private ProxyBody(JsonNode body) {
        this.body = body;
    }

    /// @param reach whose key calls: a tenant's key is always about its own tenant, whatever the body says
    /// @throws Problem if the body is no proxy call
    static ProxyCall read(byte[] bytes, Reach reach) {
        JsonNode body;
        try {
            body = JSON.readTree(bytes);
        } catch (IOException e) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, INVALID).titled("Bad Request");
        }
        if (body == null || !body.isObject()) {
            throw Problem.of(ErrorCode.MALFORMED_JSON, INVALID).titled("Bad Request");
        }
        return new ProxyBody(body).call(reach);
    }

    private ProxyCall call(Reach reach) {
        String scope = text("scope").orElseThrow(() -> invalid("scope", "missing", "is required"));
        Optional<TenantId> tenantId = tenant(reach, scope);
        String meter = text("metric_name")
                .or(() -> text("event_type"))
                .or(() -> text("meter"))
                .orElseThrow(() -> invalid("metric_name", "missing", "is required; \"\" stands for every plan limit"));
        if (meter.isEmpty()) {
            if (tenantId.isEmpty()) {
                throw Problem.of(ErrorCode.VALIDATION_FAILED, "metric_name required for business scope")
                        .titled("Invalid Request");
            }
        } else {
            checked("metric_name", () -> new MeterKey(meter));
        }
        String method = text("method").orElse("GET").toUpperCase(Locale.ROOT);
        if (!METHODS.contains(method)) {
            throw invalid("method", "invalid_value", "must be GET, POST, PUT, DELETE, PATCH, HEAD or OPTIONS");
        }
        Optional<String> content = METHODS_WITH_BODY.contains(method) ? text("body") : Optional.empty();
        Optional<Quantity> count = count();
        if (count.isPresent() && (tenantId.isEmpty() || meter.isEmpty())) {
            throw invalid("count", "invalid_value", "is recorded for one metric of a customer: name both");
        }
        Optional<String> key = text("idempotency_key").filter(text -> !text.isEmpty());
        if (key.isPresent() && key.get().length() > ReportedEvent.IDEMPOTENCY_KEY_LENGTH_MAX) {
            throw invalid(
                    "idempotency_key",
                    "too_long",
                    "must have at most " + ReportedEvent.IDEMPOTENCY_KEY_LENGTH_MAX + " characters");
        }
        return new ProxyCall(tenantId, meter, target(), method, headers(), content, count, key, timeout());
    }

    private Optional<TenantId> tenant(Reach reach, String scope) {
        if (reach.onlyTenant().isPresent()) {
            return reach.onlyTenant();
        }
        return switch (scope) {
            case "business" -> Optional.empty();
            case "customer" ->
                Optional.of(text("customer_id")
                        .or(() -> text("tenant_id"))
                        .map(id -> checked("customer_id", () -> new TenantId(id)))
                        .orElseThrow(() ->
                                Problem.of(ErrorCode.INVALID_SCOPE, "customer_id is required for customer scope")));
            default -> throw Problem.of(ErrorCode.INVALID_SCOPE, "scope must be business or customer");
        };
    }

    private URI target() {
        String url = text("target_url").orElseThrow(() -> invalid("target_url", "missing", "is required"));
        try {
            URI target = url.length() > ProxyCall.URL_LENGTH_MAX ? null : new URI(url);
            if (target != null && target.isAbsolute() && target.getHost() != null && http(target)) {
                return target;
            }
        } catch (URISyntaxException e) {
            // The same answer as for what parses and is no web address.
        }
        throw Problem.of(ErrorCode.VALIDATION_FAILED, "Target URL is malformed").titled("Invalid URL");
    }

    private static boolean http(URI target) {
        return target.getScheme().equalsIgnoreCase("http") || target.getScheme().equalsIgnoreCase("https");
    }

    private Map<String, String> headers() {
        JsonNode headers = body.path("headers");
        if (headers.isMissingNode() || headers.isNull()) {
            return Map.of();
        }
        if (!headers.isObject() || headers.size() > ProxyCall.HEADERS_MAX) {
            throw invalid(
                    "headers", "invalid_type", "must be an object of at most " + ProxyCall.HEADERS_MAX + " strings");
        }
        Map<String, String> read = new HashMap<>();
        headers.properties().forEach(header -> {
            String name = header.getKey();
            if (!header.getValue().isTextual() || !sound(name, header.getValue().textValue())) {
                throw invalid(
                        "headers." + name, "invalid_value", "must be a header name with a text of visible characters");
            }
            read.put(name, header.getValue().textValue().strip());
        });
        return read;
    }

    /// A token as the name; no control characters in the value, so that nothing can be smuggled in behind it.
    private static boolean sound(String name, String value) {
        return !name.isEmpty()
                && name.length() <= HEADER_LENGTH_MAX
                && value.length() <= HEADER_LENGTH_MAX
                && name.chars()
                        .allMatch(c -> Character.isLetterOrDigit(c) && c < 128 || "!#$%&'*+-.^_`|~".indexOf(c) >= 0)
                && value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c != 127 && c < 256));
    }

    private Optional<Quantity> count() {
        JsonNode value = body.path("count");
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        String text = value.isNumber() || value.isTextual() ? value.asText() : "";
        try {
            BigDecimal number = text.length() > COUNT_LENGTH_MAX ? BigDecimal.ZERO : new BigDecimal(text);
            if (number.signum() > 0 && number.precision() - number.scale() <= INTEGER_DIGITS_MAX) {
                Quantity count = Quantity.rounded(number);
                if (count.value().signum() > 0) {
                    return Optional.of(count);
                }
            }
        } catch (NumberFormatException e) {
            // The same answer as for a number out of bounds.
        }
        throw invalid("count", "invalid_value", "must be a number above 0 with at most 14 integer digits");
    }

    private Duration timeout() {
        JsonNode value = body.path("timeout_ms");
        if (value.isMissingNode() || value.isNull()) {
            return ProxyCall.TIMEOUT_DEFAULT;
        }
        if (value.isNumber() && value.canConvertToLong()) {
            Duration timeout = Duration.ofMillis(value.longValue());
            if (timeout.compareTo(ProxyCall.TIMEOUT_MIN) >= 0 && timeout.compareTo(ProxyCall.TIMEOUT_MAX) <= 0) {
                return timeout;
            }
        }
        throw invalid(
                "timeout_ms",
                "invalid_value",
                "must be from " + ProxyCall.TIMEOUT_MIN.toMillis() + " to " + ProxyCall.TIMEOUT_MAX.toMillis());
    }

    private Optional<String> text(String field) {
        JsonNode value = body.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw invalid(field, "invalid_type", "must be a string");
        }
        return Optional.of(value.textValue());
    }

    private interface Making<T> {
        T make();
    }

    private static <T> T checked(String field, Making<T> making) {
        try {
            return making.make();
        } catch (IllegalArgumentException e) {
            throw invalid(field, "invalid_value", String.valueOf(e.getMessage()));
        }
    }

    private static Problem invalid(String field, String type, String message) {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("field", field);
        details.put("error_type", type);
        details.put("message", message);
        return Problem.of(ErrorCode.VALIDATION_FAILED, INVALID)
                .titled("Bad Request")
                .withDetails(details);
    }
}
