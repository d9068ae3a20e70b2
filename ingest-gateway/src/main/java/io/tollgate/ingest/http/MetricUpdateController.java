package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.RequestPath;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.admission.Recording;
import io.tollgate.ingest.admission.Settled;
import io.tollgate.ingest.admission.Verdict;
import io.tollgate.ingest.event.EventIntake;
import io.tollgate.ingest.event.Intake;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.ReportedEvent;
import io.tollgate.quota.http.MetricScope;
import io.tollgate.quota.metric.BreachStatus;
import io.tollgate.quota.metric.MetricReader;
import io.tollgate.quota.metric.MetricValue;
import jakarta.annotation.Nullable;
import jakarta.inject.Named;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;

/// `PUT /api/v1/metrics/{name}`: an event of any quantity, on the way of all events. A metric that nobody defined and
/// nothing was counted for is 404.
@Controller
@Requires(property = "tollgate.roles.gateway", value = "true")
final class MetricUpdateController {
    private static final String PREFIX = "/api/v1/metrics/";
    private static final String PATH = PREFIX + "{name}";
    private static final String INVALID = "Invalid update data";
    private static final byte[] NO_BYTES = {};

    private final EventWriting writing;
    private final MetricReader reads;
    private final InstantSource clock;
    private final IngestMetrics metrics;
    private final ExecutorService virtualThreads;
    private final EventJson json;

    MetricUpdateController(
            EventWriting writing,
            MetricReader reads,
            InstantSource clock,
            IngestConfig config,
            IngestMetrics metrics,
            @Named(TaskExecutors.VIRTUAL) ExecutorService virtualThreads) {
        this.writing = writing;
        this.reads = reads;
        this.clock = clock;
        this.metrics = metrics;
        this.virtualThreads = virtualThreads;
        this.json = new EventJson(config.eventTimeBounds());
    }

    /// Whether a request of this path is of one metric; asked in filters.
    static boolean isPath(String sent) {
        String path = RequestPath.of(sent);
        return path.startsWith(PREFIX) && path.indexOf('/', PREFIX.length()) < 0;
    }

    /// @param body null if empty; jakarta's annotation, because only a declaration annotation tells the framework so
    @Put(value = PATH, consumes = MediaType.ALL)
    CompletionStage<HttpResponse<Map<String, Object>>> update(
            HttpRequest<?> request,
            @PathVariable String name,
            @QueryValue @Nullable String scope,
            @QueryValue("customer_id") @Nullable String customerId,
            @Body @Nullable byte[] body) {
        byte[] received = body == null ? NO_BYTES : body;
        return metrics.measured(
                received.length,
                () -> CompletableFuture.supplyAsync(
                        () -> update(request, meter(name), MetricScope.subject(scope, customerId), received),
                        virtualThreads));
    }

    private HttpResponse<Map<String, Object>> update(
            HttpRequest<?> request, MeterKey meter, SubjectId subject, byte[] received) {
        OrganizationId organizationId = Callers.organization(request);
        EventBody.checkJson(request.getHeaders(), received, EventBody.UPDATE_BYTES_MAX);
        ZoneId zone = writing.zoneOf(organizationId);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Reported reported = json.readUpdate(
                received,
                meter,
                subject.tenantId().orElse(null),
                request.getHeaders().get(RequestOptions.IDEMPOTENCY_KEY),
                now);
        return switch (reported) {
            case Reported.Invalid invalid -> throw invalid(invalid);
            case ReportedEvent event -> {
                requireMetric(organizationId, subject, meter);
                yield record(organizationId, subject, zone, event, now);
            }
        };
    }

    /// Only what is defined, or what something was counted for, can be updated: a mistyped name is no new metric.
    private void requireMetric(OrganizationId organizationId, SubjectId subject, MeterKey meter) {
        if (!find(organizationId, subject, meter).exists()) {
            throw Problem.of(ErrorCode.NOT_FOUND, "Metric not found: " + meter.value());
        }
    }

    private MetricValue find(OrganizationId organizationId, SubjectId subject, MeterKey meter) {
        return switch (reads.read(organizationId, subject, List.of(meter.value()), Optional.empty())) {
            case MetricReader.Outcome.Found found -> found.metrics().getFirst();
            case MetricReader.Outcome.Unavailable unavailable ->
                throw Problem.of(ErrorCode.OWNER_UNAVAILABLE, unavailable.why()).retryAfter(1);
        };
    }

    private HttpResponse<Map<String, Object>> record(
            OrganizationId organizationId, SubjectId subject, ZoneId zone, ReportedEvent event, Instant now) {
        Intake intake = EventIntake.decide(
                organizationId,
                writing.deletedTenants(),
                zone,
                List.of(event),
                false,
                now,
                ThreadLocalRandom.current());
        if (!(intake instanceof Intake.Taken taken)) {
            throw new IllegalStateException("a valid update is taken, not " + intake);
        }
        Recording.Underway underway = writing.begin(taken, false, false);
        Verdict.Written written = underway.written();
        EventAnswer.Single single = EventAnswer.Single.of(written.outcomes());
        Settled.Logged logged = writing.finish(organizationId, underway);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", "updated");
        body.put("business_id", organizationId.value());
        body.put("metric_name", event.meter().value());
        body.put("new_value", BreachStatus.decimal(event.quantity().value()));
        body.put("timestamp", now.getEpochSecond());
        body.put("event_id", single.id().value());
        body.put("deduplicated", single.deduplicated());
        // The update is in the log whatever this read comes to.
        if (reads.read(organizationId, subject, List.of(event.meter().value()), Optional.empty())
                instanceof MetricReader.Outcome.Found found) {
            MetricValue value = found.metrics().getFirst();
            body.put("current_value", BreachStatus.decimal(value.current()));
            body.put(
                    "limit_breached",
                    value.limits().stream().anyMatch(tested -> tested.status().breached()));
        }
        if (!written.warnings().isEmpty()) {
            body.put(
                    "warnings",
                    written.warnings().stream().map(QuotaJson::warning).toList());
        }
        if (!written.checked()) {
            body.put("checked", false);
        }
        return HttpResponse.ok(body)
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .header(EventController.POSITION_HEADER, logged.position().toText());
    }

    private static MeterKey meter(String name) {
        try {
            return new MeterKey(name);
        } catch (IllegalArgumentException e) {
            throw Problem.invalid(
                    ErrorCode.VALIDATION_FAILED,
                    List.of(new Problem.FieldError("name", "invalid", String.valueOf(e.getMessage()))));
        }
    }

    private static Problem invalid(Reported.Invalid update) {
        Problem.FieldError first = update.errors().getFirst();
        Map<String, String> details = new LinkedHashMap<>();
        details.put("field", first.path());
        details.put("error_type", first.code());
        details.put("message", first.message());
        return Problem.of(update.code(), INVALID).withDetails(details);
    }
}
