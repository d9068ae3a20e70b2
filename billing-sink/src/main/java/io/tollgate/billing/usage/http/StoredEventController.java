package io.tollgate.billing.usage.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.usage.EventCursor;
import io.tollgate.billing.usage.EventPage;
import io.tollgate.billing.usage.EventQuery;
import io.tollgate.billing.usage.FoundEvent;
import io.tollgate.billing.usage.OrganizationZones;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.UsageReads;
import io.tollgate.contract.access.Reach;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// `GET /api/v1/events`: stored events, newest first; and `GET /api/v1/events/{event_id}`: one, whether it counts or
/// was rejected.
@Controller("/api/v1/events")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class StoredEventController {
    private static final int LIMIT = 100;
    private static final int LIMIT_MAX = 1_000;
    /// Longer ids are not stored.
    private static final int ID_LENGTH_MAX = 255;

    private static final Set<String> STATES = Set.of("ACCEPTED", "VOIDED", "AMENDED", "REJECTED");

    private final UsageReads reads;
    private final ReadBarrier barrier;
    private final OrganizationZones zones;

    public StoredEventController(UsageReads reads, ReadBarrier barrier, OrganizationZones zones) {
        this.reads = reads;
        this.barrier = barrier;
        this.zones = zones;
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        Freshness freshness = Freshness.await(request, barrier);
        EventQuery query = query(request, freshness);
        EventPage page = reads.events(query)
                .orElseThrow(() -> Problem.invalid(
                        ErrorCode.VALIDATION_FAILED,
                        List.of(new Problem.FieldError(
                                "start_date",
                                "too_much",
                                "more events match than can be counted at once: give a shorter period, or name"
                                        + " tenants"))));
        return freshness.answer(UsageJson.toJson(page, query.limit(), audience(freshness)));
    }

    @Get("/{eventId}")
    HttpResponse<byte[]> one(HttpRequest<?> request, String eventId) {
        Freshness freshness = Freshness.await(request, barrier);
        return Optional.of(eventId)
                .filter(id -> id.length() <= ID_LENGTH_MAX && id.indexOf('\0') < 0)
                .flatMap(id -> reads.event(freshness.organizationId(), id))
                .filter(found -> mayRead(freshness.reach(), found))
                .map(found -> freshness.answer(UsageJson.toJson(found, audience(freshness))))
                .orElseThrow(() -> Problem.of(ErrorCode.NOT_FOUND, "There is no such event."));
    }

    private static UsageJson.Audience audience(Freshness freshness) {
        return freshness.reach().onlyTenant().isPresent() ? UsageJson.Audience.TENANT : UsageJson.Audience.ORGANIZATION;
    }

    private static boolean mayRead(Reach reach, FoundEvent found) {
        return reach.onlyTenant()
                .map(own -> found.event().tenantId().equals(Optional.of(own.value())))
                .orElse(true);
    }

    private EventQuery query(HttpRequest<?> request, Freshness freshness) {
        ZoneId zone = zones.zoneOf(freshness.organizationId());
        QueryParameters parameters = new QueryParameters(request);
        Optional<String> status = parameters.text("status");
        if (status.isPresent() && !STATES.contains(status.get())) {
            parameters.wrong("status", "invalid_value", "must be ACCEPTED, VOIDED, AMENDED or REJECTED");
        }
        EventQuery query = new EventQuery(
                freshness.organizationId(),
                freshness.tenants(parameters),
                parameters.filter("event_type"),
                parameters.start("start_date", zone),
                parameters.end("end_date", zone),
                status,
                parameters.filter("invoice_id").stream().findFirst(),
                parameters.read("billed", StoredEventController::flag, "must be true or false"),
                parameters.limit(LIMIT, LIMIT_MAX),
                parameters.read("cursor", EventCursor::fromText, "must be a next_cursor of this list"));
        if (query.from().isPresent()
                && query.before().isPresent()
                && !query.from().get().isBefore(query.before().get())) {
            parameters.wrong("start_date", "invalid_value", "must not be after end_date");
        }
        parameters.requireRight();
        return query;
    }

    private static boolean flag(String word) {
        return switch (word) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(word);
        };
    }
}
