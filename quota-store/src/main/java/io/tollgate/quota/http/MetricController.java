package io.tollgate.quota.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.query.CounterLookup;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.LastWrites;
import io.tollgate.quota.query.LookupOutcome;
import io.tollgate.quota.query.MeterReading;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `GET /api/v1/metrics` and `GET /api/v1/metrics/{name}`: current values, straight from the owner's counters. Every
/// meter
/// made by its first event is a SUM since that event, without a limit.
@Controller("/api/v1/metrics")
@ExecuteOn(TaskExecutors.VIRTUAL)
@Requires(property = "tollgate.roles.gateway", value = "true")
public final class MetricController {
    private static final Duration WAIT_MAX = Duration.ofSeconds(2);
    private static final int PAGE_DEFAULT = 100;

    private final CounterLookup lookup;
    private final LastWrites lastWrites;
    private final Definitions definitions;
    private final InstantSource clock;

    public MetricController(CounterLookup lookup, LastWrites lastWrites, Definitions definitions, InstantSource clock) {
        this.lookup = lookup;
        this.lastWrites = lastWrites;
        this.definitions = definitions;
        this.clock = clock;
    }

    /// One metric. With `window` (`minute`, `hour`, `day`, `month`) and optionally `at`, the value in that window
    /// instead of
    /// the value since the first event.
    @Get("/{name}")
    public HttpResponse<Map<String, Object>> metric(
            HttpRequest<?> request,
            @RequestAttribute(Authority.PRINCIPAL_ATTRIBUTE) Principal principal,
            @PathVariable String name,
            @QueryValue @Nullable String scope,
            @QueryValue("customer_id") @Nullable String customerId,
            @QueryValue @Nullable String window,
            @QueryValue @Nullable String at) {
        if (principal instanceof Principal.Admin) {
            throw Problem.of(ErrorCode.UNAUTHENTICATED, "This route takes an organization key.");
        }
        OrganizationId organizationId = Authority.organization(principal);
        SubjectId subject = MetricScope.subject(scope, customerId);
        checkMeter("name", name);
        String subjectKey = new SubjectKey(organizationId, subject).recordKey();
        Optional<Window> asked = window == null ? Optional.empty() : Optional.of(window(organizationId, window, at));
        CounterRead read = asked.<CounterRead>map(
                        span -> new CounterRead.InWindow(subjectKey, name, span.size(), span.start()))
                .orElseGet(() -> new CounterRead.Total(subjectKey, name));
        LookupOutcome.Found found = read(request, organizationId, read);
        if (found.readings().isEmpty() && asked.isEmpty()) {
            if (found.stale()) {
                // A copy that lags behind cannot know that there is no such metric.
                throw Problem.of(
                                ErrorCode.OWNER_UNAVAILABLE,
                                "The counters of " + name + " are changing hands; ask again.")
                        .retryAfter(1);
            }
            throw Problem.of(ErrorCode.NOT_FOUND, "Metric not found: " + name);
        }
        MeterReading reading = found.readings().isEmpty()
                ? new MeterReading(name, asked, io.tollgate.metering.meter.CounterState.ZERO)
                : found.readings().getFirst();
        Map<String, Object> body = new LinkedHashMap<>();
        subject.tenantId().ifPresent(tenant -> body.put("customer_id", tenant.value()));
        body.put("metric_name", name);
        body.put("business_id", organizationId.value());
        body.put("current_value", decimal(reading.state().sum()));
        body.put("limit_value", decimal(BigDecimal.ZERO));
        body.put("limit_operator", "gte");
        body.put("limit_breached", false);
        body.put("breach_action", "disabled");
        body.put("timestamp", clock.instant().getEpochSecond());
        body.put("operation", Operation.SUM.name());
        body.put("metric_type", "checkpoint");
        body.put(
                "window_start",
                reading.window().map(span -> span.start().toString()).orElse(null));
        body.put(
                "window_end",
                reading.window().map(span -> span.end().toString()).orElse(null));
        body.put("values", values(reading));
        return answer(found, body);
    }

    /// The metrics of a subject, by name.
    @Get
    public HttpResponse<Map<String, Object>> metrics(
            HttpRequest<?> request,
            @RequestAttribute(Authority.PRINCIPAL_ATTRIBUTE) Principal principal,
            @QueryValue @Nullable String scope,
            @QueryValue("customer_id") @Nullable String customerId,
            @QueryValue @Nullable String limit,
            @QueryValue @Nullable String cursor) {
        OrganizationId organizationId = Authority.organization(principal);
        SubjectId subject = MetricScope.subject(scope, customerId);
        String subjectKey = new SubjectKey(organizationId, subject).recordKey();
        int page = page(limit);
        LookupOutcome.Found found =
                read(request, organizationId, new CounterRead.AllMeters(subjectKey, after(cursor), page));
        List<Map<String, Object>> metrics = found.readings().stream()
                .map(reading -> {
                    Map<String, Object> metric = new LinkedHashMap<>();
                    metric.put("metric_name", reading.meter());
                    metric.put("scope", subject.tenantId().isPresent() ? "customer" : "business");
                    subject.tenantId().ifPresent(tenant -> metric.put("customer_id", tenant.value()));
                    metric.put("operation", Operation.SUM.name());
                    metric.put("metric_type", "checkpoint");
                    metric.put("flush_interval", "1h");
                    metric.put("current_value", decimal(reading.state().sum()));
                    metric.put("limit_value", decimal(BigDecimal.ZERO));
                    metric.put("limit_breached", false);
                    metric.put("tags", Map.of());
                    return metric;
                })
                .toList();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("business_id", organizationId.value());
        body.put("metrics", metrics);
        body.put("count", metrics.size());
        body.put(
                "next_cursor",
                metrics.size() < page ? null : cursor(found.readings().getLast().meter()));
        return answer(found, body);
    }

    private LookupOutcome.Found read(HttpRequest<?> request, OrganizationId organizationId, CounterRead read) {
        int partition = lookup.partitionOf(read.subjectKey());
        Optional<LogPosition> demanded = demanded(request);
        LogPosition after = demanded.orElse(LogPosition.START)
                .max(lastWrites.lastOf(organizationId).orElse(LogPosition.START));
        Duration forOwner = demanded.isPresent() ? WAIT_MAX : CounterLookup.OWNER_AWAITED;
        return switch (lookup.read(read, after.offsetOf(partition), WAIT_MAX, forOwner)) {
            case LookupOutcome.Found found -> {
                if (!found.caughtUp() && demanded.isPresent()) {
                    throw Problem.of(
                                    ErrorCode.NOT_CAUGHT_UP,
                                    "The counters do not include the position in Tollgate-After yet; ask again.")
                            .retryAfter(1);
                }
                yield found;
            }
            case LookupOutcome.OwnerUnavailable unavailable ->
                throw Problem.of(ErrorCode.OWNER_UNAVAILABLE, unavailable.why()).retryAfter(1);
        };
    }

    private static Optional<LogPosition> demanded(HttpRequest<?> request) {
        String text = request.getHeaders().get("Tollgate-After");
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(LogPosition.fromText(text));
        } catch (IllegalArgumentException e) {
            throw invalid(
                    "Tollgate-After", "must be a Tollgate-Position that a write of this installation answered with");
        }
    }

    private static HttpResponse<Map<String, Object>> answer(LookupOutcome.Found found, Map<String, Object> body) {
        MutableHttpResponse<Map<String, Object>> response = HttpResponse.ok(body);
        return found.caughtUp() && !found.stale() ? response : response.header("Tollgate-Stale", "true");
    }

    private Window window(OrganizationId organizationId, String size, @Nullable String at) {
        ZoneId zone = definitions.zone(organizationId).orElse(ZoneOffset.UTC);
        WindowSize windowSize;
        try {
            windowSize = WindowSize.valueOf(size.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw invalid("window", "must be minute, hour, day or month");
        }
        try {
            Instant instant = at == null
                    ? clock.instant()
                    : java.time.OffsetDateTime.parse(at).toInstant();
            return Window.containing(instant, windowSize, zone);
        } catch (DateTimeException e) {
            throw invalid("at", "must be an ISO 8601 time with Z or an offset");
        }
    }

    private static void checkMeter(String field, String name) {
        try {
            new MeterKey(name);
        } catch (IllegalArgumentException e) {
            throw invalid(field, String.valueOf(e.getMessage()));
        }
    }

    private static int page(@Nullable String limit) {
        if (limit == null) {
            return PAGE_DEFAULT;
        }
        try {
            int value = Integer.parseInt(limit);
            if (value >= 1) {
                return Math.min(value, CounterRead.PAGE_MAX);
            }
        } catch (NumberFormatException e) {
            // falls through to the same answer as a number below 1
        }
        throw invalid("limit", "must be a whole number of at least 1");
    }

    private static String after(@Nullable String cursor) {
        if (cursor == null) {
            return "";
        }
        try {
            String meter = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            return new MeterKey(meter).value();
        } catch (IllegalArgumentException e) {
            throw invalid("cursor", "must be a next_cursor of an earlier answer");
        }
    }

    private static String cursor(String meter) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(meter.getBytes(StandardCharsets.UTF_8));
    }

    private static Problem invalid(String field, String message) {
        return Problem.invalid(ErrorCode.VALIDATION_FAILED, List.of(new Problem.FieldError(field, "invalid", message)));
    }

    private static Map<String, Object> values(MeterReading reading) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (Operation operation : Operation.values()) {
            values.put(
                    operation.name().toLowerCase(Locale.ROOT),
                    reading.state()
                            .value(operation)
                            .map(MetricController::decimal)
                            .orElse(null));
        }
        return values;
    }

    /// This dialect shows every number with at least one fraction digit.
    private static BigDecimal decimal(BigDecimal value) {
        BigDecimal stripped = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        return stripped.setScale(Math.max(1, stripped.scale()));
    }
}
