package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.ingest.correction.CorrectionOutcome;
import io.tollgate.ingest.correction.CorrectionOutcome.Unavailable;
import io.tollgate.ingest.correction.EventCorrections;
import io.tollgate.ingest.correction.Requester;
import io.tollgate.ingest.correction.StoredEvent;
import io.tollgate.ingest.event.OrganizationZones;
import jakarta.annotation.Nullable;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/// `POST /api/v1/events/{event_id}/void`, `POST /api/v1/events/{event_id}/amend` and `POST /api/v1/events/void`:
/// counted
/// events that are to count no longer. Of the control role, since only the database knows what an event was counted as.
@Controller("/api/v1/events")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
final class CorrectionController {
    private static final byte[] NO_BYTES = {};
    private static final int MULTI_STATUS = 207;
    private static final int DEFINITIONS_RETRY_AFTER_SECONDS = 1;

    private final EventCorrections corrections;
    private final OrganizationZones zones;
    private final InstantSource clock;
    private final CorrectionJson json;

    CorrectionController(
            EventCorrections corrections, OrganizationZones zones, InstantSource clock, IngestConfig config) {
        this.corrections = corrections;
        this.zones = zones;
        this.clock = clock;
        this.json = new CorrectionJson(config.eventTimeBounds());
    }

    /// @param body null if empty; jakarta's annotation, because only a declaration annotation tells the framework so
    @Post(value = "/{eventId}/void", consumes = MediaType.ALL)
    HttpResponse<Object> takeOut(HttpRequest<?> request, @PathVariable String eventId, @Body @Nullable byte[] body) {
        OrganizationId organizationId = Callers.organization(request);
        byte[] received = received(request, body);
        EventCorrections.Request asked = request(request, organizationId, json.readReason(received, clock.instant()));
        EventCorrections.Answer answer = corrections.takeOut(asked, List.of(eventId));
        return answer(answer, corrected(eventId, answer.outcomes().getFirst()));
    }

    /// @param body as for [#takeOut]
    @Post(value = "/{eventId}/amend", consumes = MediaType.ALL)
    HttpResponse<Object> amend(HttpRequest<?> request, @PathVariable String eventId, @Body @Nullable byte[] body) {
        OrganizationId organizationId = Callers.organization(request);
        byte[] received = received(request, body);
        CorrectionJson.Amending amending = json.readAmending(received, clock.instant());
        EventCorrections.Request asked = request(request, organizationId, amending.reason());
        EventCorrections.Answer answer =
                corrections.amend(asked, eventId, event -> json.replacement(amending, event, asked.now()));
        return answer(answer, corrected(eventId, answer.outcomes().getFirst()));
    }

    /// @param body as for [#takeOut]
    @Post(value = "/void", consumes = MediaType.ALL)
    HttpResponse<Object> takeOutAll(HttpRequest<?> request, @Body @Nullable byte[] body) {
        OrganizationId organizationId = Callers.organization(request);
        byte[] received = received(request, body);
        CorrectionJson.Voiding voiding = json.readVoiding(received, clock.instant());
        EventCorrections.Answer answer =
                corrections.takeOut(request(request, organizationId, voiding.reason()), voiding.eventIds());
        List<Object> results = new ArrayList<>(voiding.eventIds().size());
        int failed = 0;
        for (int i = 0; i < answer.outcomes().size(); i++) {
            String id = voiding.eventIds().get(i);
            try {
                results.add(corrected(id, answer.outcomes().get(i)));
            } catch (Problem problem) {
                if (answer.outcomes().get(i) instanceof Unavailable) {
                    // What is away is so for all of them.
                    throw problem;
                }
                failed++;
                results.add(failure(id, problem));
            }
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("success", failed == 0);
        all.put("voided", results.size() - failed);
        all.put("failed", failed);
        all.put("results", results);
        return failed == 0
                ? answer(answer, all)
                : positioned(HttpResponse.status(MULTI_STATUS, "Multi-Status"), answer.position(), all);
    }

    private static byte[] received(HttpRequest<?> request, @Nullable byte[] body) {
        byte[] received = body == null ? NO_BYTES : body;
        EventBody.checkJson(request.getHeaders(), received, EventBody.UPDATE_BYTES_MAX);
        return received;
    }

    private EventCorrections.Request request(HttpRequest<?> request, OrganizationId organizationId, String reason) {
        Principal principal = request.getAttribute(Authority.PRINCIPAL_ATTRIBUTE, Principal.class)
                .orElseThrow(() -> new IllegalStateException("no filter has left a principal"));
        return new EventCorrections.Request(
                organizationId,
                zones.zoneOf(organizationId)
                        .orElseThrow(() -> Problem.of(
                                        ErrorCode.OWNER_UNAVAILABLE,
                                        "The organization's definitions have not arrived here yet.")
                                .retryAfter(DEFINITIONS_RETRY_AFTER_SECONDS)),
                reason,
                new Requester(principal.actorId(), request.getAttribute(Authority.REQUEST_ID_ATTRIBUTE, String.class)),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                ThreadLocalRandom.current());
    }

    private static Map<String, Object> corrected(String id, CorrectionOutcome outcome) {
        return switch (outcome) {
            case CorrectionOutcome.Corrected corrected -> toJson(corrected);
            case CorrectionOutcome.NotFound none -> throw Problem.of(ErrorCode.NOT_FOUND, "Event not found: " + id);
            case CorrectionOutcome.NeverCounted never ->
                throw Problem.of(ErrorCode.INVALID_STATE, "The event was rejected and never counted: " + never.reason())
                        .withDetails(Map.of("event_id", id, "status", "REJECTED"));
            case CorrectionOutcome.CorrectedBefore before ->
                throw Problem.of(
                                ErrorCode.INVALID_STATE,
                                "The event is " + word(before.made()).toLowerCase(Locale.ROOT)
                                        + " already, by another request.")
                        .withDetails(details(id, before.made()));
            case CorrectionOutcome.NotKept notKept ->
                throw Problem.of(
                                ErrorCode.INVALID_STATE,
                                "The event may be the value of a window whose other events are not kept one by one, so"
                                        + " what would be left cannot be told.")
                        .withDetails(Map.of("event_id", id, "status", "ACCEPTED"));
            case CorrectionOutcome.Denied denied -> throw QuotaJson.problem(denied.verdict(), false);
            case CorrectionOutcome.TenantDeleted gone ->
                throw Problem.of(ErrorCode.TENANT_DELETED, "The tenant is deleted: its events can only be voided.");
            case Unavailable unavailable -> throw problem(unavailable);
        };
    }

    static Map<String, Object> toJson(CorrectionOutcome.Corrected corrected) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("event_id", corrected.id().value());
        body.put("status", word(corrected.made()));
        switch (corrected.made().kind()) {
            case VOID -> {
                body.put("voided_at", corrected.made().at().toString());
                corrected.billedBy().ifPresent(invoice -> body.put("adjustment", Map.of("invoice_id", invoice)));
            }
            case AMEND -> {
                body.put(
                        "replacement_event_id",
                        corrected.made().replacementId().orElseThrow().value());
                body.put("amended_at", corrected.made().at().toString());
            }
        }
        return body;
    }

    private static Map<String, Object> details(String id, StoredEvent.Made made) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("event_id", id);
        details.put("status", word(made));
        made.replacementId().ifPresent(replacement -> details.put("replacement_event_id", replacement.value()));
        return details;
    }

    private static String word(StoredEvent.Made made) {
        return switch (made.kind()) {
            case VOID -> "VOIDED";
            case AMEND -> "AMENDED";
        };
    }

    private static Map<String, Object> failure(String id, Problem problem) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", problem.code().name());
        error.put("error", problem.error());
        error.put("message", problem.message());
        problem.details().ifPresent(details -> error.put("details", details));
        Map<String, Object> failure = new LinkedHashMap<>();
        failure.put("event_id", id);
        failure.put("error", error);
        return failure;
    }

    private static Problem problem(Unavailable unavailable) {
        ErrorCode code = switch (unavailable.missing()) {
            case OWNER -> ErrorCode.OWNER_UNAVAILABLE;
            case LOG -> ErrorCode.LOG_UNAVAILABLE;
            case STORE -> ErrorCode.NOT_CAUGHT_UP;
        };
        return Problem.of(code, unavailable.why() + " Sending the same request again takes nothing out twice.")
                .retryAfter(unavailable.retryAfterSeconds());
    }

    private static HttpResponse<Object> answer(EventCorrections.Answer answer, Object body) {
        return positioned(HttpResponse.status(HttpStatus.OK), answer.position(), body);
    }

    private static HttpResponse<Object> positioned(
            MutableHttpResponse<Object> response, LogPosition position, Object body) {
        response.contentType(MediaType.APPLICATION_JSON_TYPE).body(body);
        return position.offsets().isEmpty()
                ? response
                : response.header(EventController.POSITION_HEADER, position.toText());
    }
}
