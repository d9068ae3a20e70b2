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
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.access.Reach;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.metric.MetricReader;
import io.tollgate.quota.metric.MetricReads;
import io.tollgate.quota.metric.MetricValue;
import io.tollgate.quota.query.CounterLookup;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.LastWrites;
import io.tollgate.quota.query.LookupOutcome;
import io.tollgate.quota.store.CounterKey;
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
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
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

    private final MetricReads reads;
    private final CounterLookup lookup;
    private final LastWrites lastWrites;
    private final Definitions definitions;
    private final InstantSource clock;

    public MetricController(
            MetricReads reads,
            CounterLookup lookup,
            LastWrites lastWrites,
            Definitions definitions,
            InstantSource clock) {
        this.reads = reads;
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
        Reach reach = Authority.reach(principal, Permission.USAGE_READ);
        OrganizationId organizationId = reach.organizationId();
        SubjectId subject = subject(reach, scope, customerId);
        checkMeter("name", name);
        if (window != null) {
            return inWindow(request, organizationId, subject, name, window(organizationId, window, at));
        }
        MetricReader.Outcome.Found found = read(request, organizationId, subject, List.of(name));
        MetricValue value = found.metrics().getFirst();
        if (!value.exists()) {
            if (found.stale()) {
                // A copy that lags behind cannot know that there is no such metric.
                throw unavailable("The counters of " + name + " are changing hands; ask again.");
            }
            throw Problem.of(ErrorCode.NOT_FOUND, "Metric not found: " + name);
        }
        return answer(
                found.caughtUp() && !found.stale(), MetricJson.one(organizationId, subject, value, clock.instant()));
    }

    /// What is counted in one window, whatever the metric's own windows are.
    private HttpResponse<Map<String, Object>> inWindow(
            HttpRequest<?> request, OrganizationId organizationId, SubjectId subject, String name, Window window) {
        String subjectKey = new SubjectKey(organizationId, subject).recordKey();
        LookupOutcome.Found found = read(
                request, organizationId, new CounterRead.InWindow(subjectKey, name, window.size(), window.start()));
        CounterState state = found.readings().isEmpty()
                ? CounterState.ZERO
                : found.readings().getFirst().state();
        return answer(
                found.caughtUp() && !found.stale(),
                MetricJson.inWindow(organizationId, subject, name, window, state, clock.instant()));
    }

    /// The metrics of a subject, by name: those that are defined, and those that something was counted for.
    @Get
    public HttpResponse<Map<String, Object>> metrics(
            HttpRequest<?> request,
            @RequestAttribute(Authority.PRINCIPAL_ATTRIBUTE) Principal principal,
            @QueryValue @Nullable String scope,
            @QueryValue("customer_id") @Nullable String customerId,
            @QueryValue("include_idle") @Nullable String includeIdle,
            @QueryValue @Nullable String limit,
            @QueryValue @Nullable String cursor) {
        Reach reach = Authority.reach(principal, Permission.USAGE_READ);
        OrganizationId organizationId = reach.organizationId();
        SubjectId subject = subject(reach, scope, customerId);
        boolean idleToo = flag("include_idle", includeIdle);
        int page = page(limit);
        String after = after(cursor);
        String subjectKey = new SubjectKey(organizationId, subject).recordKey();
        LookupOutcome.Found counted = read(request, organizationId, new CounterRead.AllMeters(subjectKey, after, page));
        TreeSet<String> names = new TreeSet<>(CounterKey.METER_ORDER);
        counted.readings().forEach(reading -> names.add(reading.meter()));
        names.addAll(reads.metrics().defined(organizationId, subject, reads.now()));
        List<String> shown = (after.isEmpty() ? names : names.tailSet(after, false))
                .stream().limit(page).toList();
        boolean more = shown.size() == page;
        MetricReader.Outcome.Found found = read(request, organizationId, subject, shown);
        Instant now = clock.instant();
        List<Map<String, Object>> metrics = found.metrics().stream()
                .filter(value -> value.exists() && (idleToo || value.active(now)))
                .map(value -> MetricJson.listed(subject, value))
                .toList();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("business_id", organizationId.value());
        body.put("metrics", metrics);
        body.put("count", metrics.size());
        body.put("next_cursor", more ? cursor(shown.getLast()) : null);
        return answer(found.caughtUp() && !found.stale(), body);
    }

    private MetricReader.Outcome.Found read(
            HttpRequest<?> request, OrganizationId organizationId, SubjectId subject, List<String> meters) {
        Optional<LogPosition> demanded = demanded(request);
        return switch (reads.read(organizationId, subject, meters, demanded)) {
            case MetricReader.Outcome.Unavailable unavailable -> throw unavailable(unavailable.why());
            case MetricReader.Outcome.Found found -> {
                if (!found.caughtUp() && demanded.isPresent()) {
                    throw notCaughtUp();
                }
                yield found;
            }
        };
    }

    private static Problem unavailable(String why) {
        return Problem.of(ErrorCode.OWNER_UNAVAILABLE, why).retryAfter(1);
    }

    private static Problem notCaughtUp() {
        return Problem.of(
                        ErrorCode.NOT_CAUGHT_UP,
                        "The counters do not include the position in Tollgate-After yet; ask again.")
                .retryAfter(1);
    }

    private static boolean flag(String field, @Nullable String text) {
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.equals("true")) {
            return true;
        }
        throw invalid(field, "must be true or false");
    }

    /// A tenant's key reads the tenant's own metrics, whether or not the request says so.
    private static SubjectId subject(Reach reach, @Nullable String scope, @Nullable String customerId) {
        if (reach.onlyTenant().isEmpty()) {
            return MetricScope.subject(scope, customerId);
        }
        TenantId own = reach.onlyTenant().get();
        SubjectId asked = scope == null && customerId == null
                ? SubjectId.tenant(own)
                : MetricScope.subject(
                        scope == null ? "customer" : scope, customerId == null ? own.value() : customerId);
        if (!asked.equals(SubjectId.tenant(own))) {
            throw Problem.of(ErrorCode.FORBIDDEN, "Customers can only read their own metrics");
        }
        return asked;
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
                    throw notCaughtUp();
                }
                yield found;
            }
            case LookupOutcome.OwnerUnavailable unavailable -> throw unavailable(unavailable.why());
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

    private static HttpResponse<Map<String, Object>> answer(boolean current, Map<String, Object> body) {
        MutableHttpResponse<Map<String, Object>> response = HttpResponse.ok(body);
        return current ? response : response.header("Tollgate-Stale", "true");
    }

    private Window window(OrganizationId organizationId, String size, @Nullable String at) {
        ZoneId zone = definitions.zone(organizationId).orElse(ZoneOffset.UTC);
        WindowSize windowSize = WindowSize.CALENDAR.stream()
                .filter(known -> known.name().equalsIgnoreCase(size))
                .findFirst()
                .orElseThrow(() -> invalid("window", "must be minute, hour, day or month"));
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
}
