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
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.admission.Recording;
import io.tollgate.ingest.admission.Settled;
import io.tollgate.ingest.admission.Verdict;
import io.tollgate.ingest.event.EventIntake;
import io.tollgate.ingest.event.Intake;
import io.tollgate.ingest.receipt.Receipt;
import io.tollgate.ingest.receipt.ReceiptKeyring;
import jakarta.annotation.Nullable;
import jakarta.inject.Named;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;

/// `POST /api/v1/events`. Small bodies are read where they arrive, on an event loop: that costs less than handing them
/// over. Large and compressed ones are read on virtual threads, which also ask the owners and wait for the log.
@Controller
@Requires(property = "tollgate.roles.gateway", value = "true")
final class EventController {
    static final String PATH = "/api/v1/events";
    static final String POSITION_HEADER = "Tollgate-Position";

    /// Below it a body is read in well under a millisecond, which an event loop may spend.
    private static final int EVENT_LOOP_BYTES_MAX = 64 * 1024;

    private static final byte[] NO_BYTES = {};

    private final EventWriting writing;
    private final ReceiptKeyring keyring;
    private final InstantSource clock;
    private final IngestMetrics metrics;
    private final ExecutorService virtualThreads;
    private final EventJson json;
    private final CloudEvents cloudEvents;

    EventController(
            EventWriting writing,
            ReceiptKeyring keyring,
            InstantSource clock,
            IngestConfig config,
            IngestMetrics metrics,
            @Named(TaskExecutors.VIRTUAL) ExecutorService virtualThreads) {
        this.writing = writing;
        this.keyring = keyring;
        this.clock = clock;
        this.metrics = metrics;
        this.virtualThreads = virtualThreads;
        this.json = new EventJson(config.eventTimeBounds());
        this.cloudEvents = new CloudEvents(config.eventTimeBounds());
    }

    /// What a request asks to be recorded, and how.
    ///
    /// @param preferences those that are heeded
    private record Request(
            OrganizationId organizationId,
            Intake.Taken taken,
            boolean batch,
            boolean partial,
            boolean receipt,
            List<String> preferences) {}

    /// @param body null if empty; jakarta's annotation, because only a declaration annotation tells the framework so
    @Post(value = PATH, consumes = MediaType.ALL, produces = MediaType.ALL)
    CompletionStage<HttpResponse<byte[]>> report(HttpRequest<?> request, @Body @Nullable byte[] body) {
        byte[] received = body == null ? NO_BYTES : body;
        return metrics.measured(received.length, () -> {
            if (received.length <= EVENT_LOOP_BYTES_MAX && !EventBody.gzip(request.getHeaders())) {
                Request taken = take(request, received);
                return CompletableFuture.supplyAsync(() -> record(taken), virtualThreads);
            }
            return CompletableFuture.supplyAsync(() -> record(take(request, received)), virtualThreads);
        });
    }

    private Request take(HttpRequest<?> request, byte[] received) {
        OrganizationId organizationId = Callers.organization(request);
        EventBody.checkSize(received.length);
        ZoneId zone = writing.zoneOf(organizationId);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        boolean lenient = RequestOptions.lenient(request.getHeaders());
        boolean partial = lenient || RequestOptions.partial(request.getParameters());
        boolean receipt = RequestOptions.receipt(request.getHeaders(), request.getParameters());
        Submission submission = read(request.getHeaders(), received, partial, now);
        boolean alone = submission.batch() && (partial || submission.partial());
        Intake intake = EventIntake.decide(
                organizationId,
                writing.deletedTenants(),
                zone,
                submission.events(),
                alone,
                now,
                ThreadLocalRandom.current());
        return switch (intake) {
            case Intake.Refused refused -> throw Problem.invalid(refused.code(), refused.errors());
            case Intake.Taken taken ->
                new Request(
                        organizationId,
                        taken,
                        submission.batch(),
                        alone,
                        receipt,
                        preferences(request.getHeaders(), submission.batch()));
        };
    }

    private static List<String> preferences(HttpHeaders headers, boolean batch) {
        List<String> heeded = new ArrayList<>(2);
        if (batch && RequestOptions.lenient(headers)) {
            heeded.add(RequestOptions.LENIENT);
        }
        if (RequestOptions.prefers(headers, RequestOptions.RECEIPT)) {
            heeded.add(RequestOptions.RECEIPT);
        }
        return heeded;
    }

    private Submission read(HttpHeaders headers, byte[] received, boolean partial, Instant now) {
        byte[] plain = EventBody.gzip(headers) ? EventBody.gunzip(received) : received;
        if (RequestOptions.lines(headers)) {
            return json.readLines(plain, partial, now);
        }
        return CloudEvents.mode(headers)
                .map(mode -> cloudEvents.read(mode, headers, plain, now))
                .orElseGet(() -> json.read(plain, headers.get(RequestOptions.IDEMPOTENCY_KEY), now));
    }

    private HttpResponse<byte[]> record(Request request) {
        Recording.Underway underway = writing.begin(request.taken(), request.batch(), request.partial());
        // Written while the log is at work, so that nothing but sending it is left when the log has answered.
        EventAnswer answer = EventAnswer.of(request.batch(), underway.written());
        Settled.Logged logged = writing.finish(request.organizationId(), underway);
        return response(
                request.receipt() ? answer.with(receipt(request, underway.written(), logged)) : answer,
                logged.position(),
                request.preferences());
    }

    private Receipt receipt(Request request, Verdict.Written written, Settled.Logged logged) {
        return Receipt.issued(
                keyring.current(),
                written.report().id(),
                request.organizationId(),
                written.ids(),
                logged.records(),
                clock.instant().truncatedTo(ChronoUnit.MICROS));
    }

    private static HttpResponse<byte[]> response(EventAnswer answer, LogPosition position, List<String> preferences) {
        MutableHttpResponse<byte[]> response = HttpResponse.<byte[]>status(
                        answer.failed() > 0 ? HttpStatus.MULTI_STATUS : HttpStatus.OK)
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .header(POSITION_HEADER, position.toText())
                .body(answer.json());
        return preferences.isEmpty()
                ? response
                : response.header(RequestOptions.PREFERENCE_APPLIED, String.join(", ", preferences));
    }
}
