package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.EventIntake;
import io.tollgate.ingest.event.EventLog;
import io.tollgate.ingest.event.Intake;
import io.tollgate.ingest.event.LogUnavailableException;
import io.tollgate.ingest.event.OrganizationZones;
import io.tollgate.ingest.event.WriteObserver;
import jakarta.annotation.Nullable;
import jakarta.inject.Named;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `POST /api/v1/events`. Small bodies are worked on where they arrive, on an event loop: that costs less than handing
/// them over. Large and compressed ones, and whatever follows an acknowledgement, run on virtual threads.
@Controller
@Requires(property = "tollgate.roles.gateway", value = "true")
final class EventController {
    static final String PATH = "/api/v1/events";
    static final String POSITION_HEADER = "Tollgate-Position";

    /// Below it a body is worked on in well under a millisecond, which an event loop may spend.
    private static final int EVENT_LOOP_BYTES_MAX = 64 * 1024;

    /// A gateway learns of a new organization within a second of its key.
    private static final int DEFINITIONS_RETRY_AFTER_SECONDS = 1;

    /// Brokers elect new leaders in a second or two.
    private static final int LOG_RETRY_AFTER_SECONDS = 2;

    private static final byte[] NO_BYTES = {};

    private static final Logger LOG = LoggerFactory.getLogger(EventController.class);

    private final EventLog log;
    private final OrganizationZones zones;
    private final WriteObserver writes;
    private final InstantSource clock;
    private final IngestMetrics metrics;
    private final ExecutorService virtualThreads;
    private final EventJson json;

    EventController(
            EventLog log,
            OrganizationZones zones,
            WriteObserver writes,
            InstantSource clock,
            IngestConfig config,
            IngestMetrics metrics,
            @Named(TaskExecutors.VIRTUAL) ExecutorService virtualThreads) {
        this.log = log;
        this.zones = zones;
        this.writes = writes;
        this.clock = clock;
        this.metrics = metrics;
        this.virtualThreads = virtualThreads;
        this.json = new EventJson(config.eventTimeBounds());
    }

    /// @param body null if empty; jakarta's annotation, because only a declaration annotation tells the framework so
    @Post(value = PATH, consumes = MediaType.ALL, produces = MediaType.ALL)
    CompletionStage<HttpResponse<byte[]>> report(HttpRequest<?> request, @Body @Nullable byte[] body) {
        byte[] received = body == null ? NO_BYTES : body;
        return metrics.measured(received.length, () -> {
            if (received.length <= EVENT_LOOP_BYTES_MAX && !EventBody.gzip(request.getHeaders())) {
                return take(request, received);
            }
            return CompletableFuture.supplyAsync(() -> take(request, received), virtualThreads)
                    .thenCompose(Function.identity());
        });
    }

    private CompletableFuture<HttpResponse<byte[]>> take(HttpRequest<?> request, byte[] received) {
        OrganizationId organizationId = Authority.organization(principal(request));
        EventBody.checkSize(received.length);
        ZoneId zone = zones.zoneOf(organizationId)
                .orElseThrow(() -> Problem.of(
                                ErrorCode.OWNER_UNAVAILABLE,
                                "The organization's definitions have not arrived here yet.")
                        .retryAfter(DEFINITIONS_RETRY_AFTER_SECONDS));
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        boolean lenient = RequestOptions.lenient(request.getHeaders());
        boolean partial = lenient || RequestOptions.partial(request.getParameters());
        Submission submission = read(request.getHeaders(), received, partial, now);
        Intake intake = EventIntake.decide(
                organizationId,
                zone,
                submission.events(),
                submission.batch() && (partial || submission.partial()),
                now,
                ThreadLocalRandom.current());
        return switch (intake) {
            case Intake.Refused refused -> throw Problem.invalid(refused.code(), refused.errors());
            case Intake.Taken taken -> record(organizationId, taken, submission.batch(), lenient);
        };
    }

    private Submission read(HttpHeaders headers, byte[] received, boolean partial, Instant now) {
        byte[] plain = EventBody.gzip(headers) ? EventBody.gunzip(received) : received;
        return RequestOptions.lines(headers)
                ? json.readLines(plain, partial, now)
                : json.read(plain, headers.get(RequestOptions.IDEMPOTENCY_KEY), now);
    }

    private CompletableFuture<HttpResponse<byte[]>> record(
            OrganizationId organizationId, Intake.Taken taken, boolean batch, boolean lenient) {
        CompletableFuture<LogPosition> appended = metrics.appending(() -> log.append(taken.report()));
        // Written while the log is at work, so that nothing but sending it is left when the log has answered.
        EventAnswer answer = EventAnswer.of(batch, taken.outcomes());
        return appended.handleAsync(
                (position, failure) -> {
                    if (failure != null) {
                        throw unavailable(failure);
                    }
                    if (!taken.report().batches().isEmpty()) {
                        writes.written(organizationId, position);
                    }
                    metrics.recorded(taken.outcomes());
                    return response(answer, position, batch && lenient);
                },
                virtualThreads);
    }

    private static HttpResponse<byte[]> response(EventAnswer answer, LogPosition position, boolean lenient) {
        MutableHttpResponse<byte[]> response = HttpResponse.<byte[]>status(
                        answer.failed() > 0 ? HttpStatus.MULTI_STATUS : HttpStatus.OK)
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .header(POSITION_HEADER, position.toText())
                .body(answer.json());
        return lenient ? response.header(RequestOptions.PREFERENCE_APPLIED, RequestOptions.LENIENT) : response;
    }

    private static RuntimeException unavailable(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof LogUnavailableException) {
            // Counted as LOG_UNAVAILABLE; at full load a line per request would be a second failure.
            LOG.debug("Events were not acknowledged: {}", cause.getMessage());
            return Problem.of(
                            ErrorCode.LOG_UNAVAILABLE,
                            "The event log does not acknowledge events now. Sending them again with the same idempotency"
                                    + " keys counts nothing twice.")
                    .retryAfter(LOG_RETRY_AFTER_SECONDS);
        }
        return new IllegalStateException("the event log failed in a way it does not promise", cause);
    }

    static Principal principal(HttpRequest<?> request) {
        return request.getAttribute(Authority.PRINCIPAL_ATTRIBUTE, Principal.class)
                .orElseThrow(() -> new IllegalStateException("no filter has left a principal"));
    }
}
