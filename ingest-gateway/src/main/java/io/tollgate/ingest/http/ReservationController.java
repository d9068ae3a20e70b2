package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.event.WriteObserver;
import io.tollgate.ingest.reservation.Finding;
import io.tollgate.ingest.reservation.NotFound;
import io.tollgate.ingest.reservation.Releasing;
import io.tollgate.ingest.reservation.ReservationRecorder;
import io.tollgate.ingest.reservation.Reserving;
import io.tollgate.ingest.reservation.Settling;
import io.tollgate.ingest.reservation.Unavailable;
import io.tollgate.ingest.reservation.WrongState;
import io.tollgate.quota.admission.Reservation;
import io.tollgate.quota.admission.ReservationId;
import jakarta.annotation.Nullable;
import jakarta.inject.Named;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/// `/api/v1/reservations`: quantities that are held under a quota until they are settled or released, or expire.
@Controller
@Requires(property = "tollgate.roles.gateway", value = "true")
final class ReservationController {
    static final String PATH = "/api/v1/reservations";

    private static final byte[] NO_BYTES = {};

    private final ReservationRecorder recorder;
    private final EventWriting writing;
    private final WriteObserver writes;
    private final InstantSource clock;
    private final IngestMetrics metrics;
    private final ExecutorService virtualThreads;
    private final ReservationJson json;

    ReservationController(
            ReservationRecorder recorder,
            EventWriting writing,
            WriteObserver writes,
            InstantSource clock,
            IngestConfig config,
            IngestMetrics metrics,
            @Named(TaskExecutors.VIRTUAL) ExecutorService virtualThreads) {
        this.recorder = recorder;
        this.writing = writing;
        this.writes = writes;
        this.clock = clock;
        this.metrics = metrics;
        this.virtualThreads = virtualThreads;
        this.json = new ReservationJson(config.eventTimeBounds());
    }

    /// @param body null if empty; jakarta's annotation, because only a declaration annotation tells the framework so
    @Post(value = PATH, consumes = MediaType.ALL)
    CompletionStage<HttpResponse<Object>> reserve(HttpRequest<?> request, @Body @Nullable byte[] body) {
        byte[] received = body == null ? NO_BYTES : body;
        return measured(received, () -> {
            OrganizationId organizationId = Callers.organization(request);
            EventBody.checkJson(request.getHeaders(), received, EventBody.BYTES_MAX);
            ZoneId zone = writing.zoneOf(organizationId);
            Instant now = now();
            ReservationJson.Ordered ordered =
                    json.readOrder(received, request.getHeaders().get(RequestOptions.IDEMPOTENCY_KEY), now);
            return switch (recorder.reserve(organizationId, zone, ordered.order(), now, ThreadLocalRandom.current())) {
                case Reserving.Opened opened ->
                    written(
                            organizationId,
                            HttpStatus.CREATED,
                            ReservationJson.reserved(ordered.list(), opened.reservations(), opened.remaining()),
                            opened.position());
                case Reserving.Repeated repeated ->
                    written(
                            organizationId,
                            HttpStatus.OK,
                            ReservationJson.reserved(
                                    ordered.list(),
                                    repeated.reservations(),
                                    Collections.nCopies(repeated.reservations().size(), Optional.empty())),
                            LogPosition.START);
                case Reserving.KeyReused reused -> throw keyReused(reused.reservation());
                case Reserving.Denied denied -> throw QuotaJson.problem(denied.denial());
                case Unavailable unavailable -> throw problem(unavailable);
            };
        });
    }

    /// @param body as for [#reserve]
    @Post(value = PATH + "/{id}/settle", consumes = MediaType.ALL)
    CompletionStage<HttpResponse<Object>> settle(
            HttpRequest<?> request, @PathVariable String id, @Body @Nullable byte[] body) {
        byte[] received = body == null ? NO_BYTES : body;
        return measured(received, () -> {
            OrganizationId organizationId = Callers.organization(request);
            EventBody.checkJson(request.getHeaders(), received, EventBody.UPDATE_BYTES_MAX);
            ZoneId zone = writing.zoneOf(organizationId);
            Instant now = now();
            return switch (recorder.settle(
                    organizationId,
                    id(id),
                    zone,
                    held -> json.readSettlement(received, held, now),
                    now,
                    ThreadLocalRandom.current())) {
                case Settling.Settled settled ->
                    written(organizationId, HttpStatus.OK, ReservationJson.settled(settled), settled.position());
                case Settling.Denied denied -> throw QuotaJson.problem(denied.denial());
                case WrongState wrong -> throw problem(wrong);
                case NotFound notFound -> throw notFound(id);
                case Unavailable unavailable -> throw problem(unavailable);
            };
        });
    }

    /// @param body ignored
    @Post(value = PATH + "/{id}/release", consumes = MediaType.ALL)
    CompletionStage<HttpResponse<Object>> release(
            HttpRequest<?> request, @PathVariable String id, @Body @Nullable byte[] body) {
        return measured(NO_BYTES, () -> {
            OrganizationId organizationId = Callers.organization(request);
            ZoneId zone = writing.zoneOf(organizationId);
            return switch (recorder.release(organizationId, id(id), zone, now(), ThreadLocalRandom.current())) {
                case Releasing.Released released ->
                    written(
                            organizationId,
                            HttpStatus.OK,
                            Map.of(
                                    "reservation_id",
                                    id,
                                    "status",
                                    released.state().name()),
                            released.position());
                case WrongState wrong -> throw problem(wrong);
                case NotFound notFound -> throw notFound(id);
                case Unavailable unavailable -> throw problem(unavailable);
            };
        });
    }

    @Get(PATH + "/{id}")
    CompletionStage<HttpResponse<Object>> state(HttpRequest<?> request, @PathVariable String id) {
        return measured(NO_BYTES, () -> switch (recorder.find(Callers.organization(request), id(id))) {
            case Finding.Found found -> HttpResponse.ok((Object) ReservationJson.state(found.held()));
            case NotFound notFound -> throw notFound(id);
            case Unavailable unavailable -> throw problem(unavailable);
        });
    }

    private CompletionStage<HttpResponse<Object>> measured(byte[] received, Supplier<HttpResponse<Object>> work) {
        return metrics.measured(received.length, () -> CompletableFuture.supplyAsync(work, virtualThreads));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private HttpResponse<Object> written(
            OrganizationId organizationId, HttpStatus status, Object body, LogPosition position) {
        if (!position.offsets().isEmpty()) {
            writes.written(organizationId, position);
        }
        return HttpResponse.<Object>status(status)
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .header(EventController.POSITION_HEADER, position.toText())
                .body(body);
    }

    private static ReservationId id(String text) {
        try {
            return new ReservationId(text);
        } catch (IllegalArgumentException e) {
            throw notFound(text);
        }
    }

    private static Problem notFound(String id) {
        return Problem.of(ErrorCode.NOT_FOUND, "Reservation not found: " + id);
    }

    private static Problem problem(WrongState wrong) {
        Reservation reservation = wrong.reservation();
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("reservation_id", reservation.id().value());
        details.put("status", reservation.state().name());
        reservation.settled().ifPresent(quantity -> details.put("quantity", QuotaJson.plain(quantity)));
        return Problem.of(
                        ErrorCode.INVALID_STATE,
                        "The reservation is " + reservation.state().name().toLowerCase(Locale.ROOT) + " already.")
                .withDetails(details);
    }

    private static Problem keyReused(Reservation reservation) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("reservation_id", reservation.id().value());
        details.put("received_at", reservation.reservedAt().toString());
        return Problem.of(
                        ErrorCode.IDEMPOTENCY_KEY_REUSED,
                        "The idempotency key belongs to another reservation of this tenant.")
                .withDetails(details);
    }

    private static Problem problem(Unavailable unavailable) {
        ErrorCode code = switch (unavailable.missing()) {
            case OWNER -> ErrorCode.OWNER_UNAVAILABLE;
            case LOG -> ErrorCode.LOG_UNAVAILABLE;
        };
        return Problem.of(code, unavailable.why()).retryAfter(unavailable.retryAfterSeconds());
    }
}
