package io.tollgate.billing.usage.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.usage.Coverage;
import io.tollgate.billing.usage.Grouping;
import io.tollgate.billing.usage.OrganizationZones;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.Span;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageReads;
import io.tollgate.billing.usage.UsageRow;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// `GET /api/v1/usage`: usage of a period, summed up by meter, tenant or day.
@Controller("/api/v1/usage")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class UsageController {
    private static final int LIMIT = 1_000;
    private static final int LIMIT_MAX = 10_000;

    /// A query by day sends each day to the database; ten years of them are plenty.
    private static final Duration BY_DAY_MAX = Duration.ofDays(3_660);

    private static final String GROUPINGS = "Invalid group_by parameter. Use: event_type, tenant, or day";

    private final UsageReads reads;
    private final ReadBarrier barrier;
    private final OrganizationZones zones;
    private final InstantSource clock;

    public UsageController(UsageReads reads, ReadBarrier barrier, OrganizationZones zones, InstantSource clock) {
        this.reads = reads;
        this.barrier = barrier;
        this.zones = zones;
        this.clock = clock;
    }

    @Get
    HttpResponse<byte[]> usage(HttpRequest<?> request) {
        Freshness freshness = Freshness.await(request, barrier);
        QueryParameters parameters = new QueryParameters(request);
        Grouping grouping = grouping(parameters.text("group_by"));
        ZoneId zone = zone(parameters).orElseGet(() -> zones.zoneOf(freshness.organizationId()));
        Span period = period(parameters, zone, grouping);
        int limit = parameters.limit(LIMIT, LIMIT_MAX);
        UsageQuery query = new UsageQuery(
                freshness.organizationId(),
                freshness.tenants(parameters),
                parameters.filter("event_type"),
                grouping,
                grouping == Grouping.DAY ? Coverage.byDay(period, zone) : Coverage.of(period, ""),
                limit + 1,
                parameters.read("cursor", UsageController::fromCursor, "must be a next_cursor of this list"));
        refuseWhatIsNotOffered(request, parameters);
        parameters.requireRight();
        List<UsageRow> rows = reads.usage(query);
        boolean more = rows.size() > limit;
        List<UsageRow> shown = more ? rows.subList(0, limit) : rows;
        Optional<String> next = more ? Optional.of(toCursor(shown.getLast().name())) : Optional.empty();
        return freshness.answer(UsageJson.toJson(shown, grouping, period, next));
    }

    private static Grouping grouping(Optional<String> text) {
        return switch (text.orElse("event_type")) {
            case "event_type" -> Grouping.EVENT_TYPE;
            case "tenant" -> Grouping.TENANT;
            case "day" -> Grouping.DAY;
            default -> throw Problem.of(ErrorCode.VALIDATION_FAILED, GROUPINGS).titled(GROUPINGS);
        };
    }

    private static Optional<ZoneId> zone(QueryParameters parameters) {
        Optional<String> name = parameters.text("time_zone");
        if (name.isPresent() && !ZoneId.getAvailableZoneIds().contains(name.get())) {
            parameters.wrong("time_zone", "invalid_value", "must be an IANA time zone such as Europe/Berlin");
            return Optional.empty();
        }
        return name.map(ZoneId::of);
    }

    // The current month, or what the dates leave of it; a date outside the current month brings its own month.
    private Span period(QueryParameters parameters, ZoneId zone, Grouping grouping) {
        Optional<Instant> start = parameters.start("start_date", zone);
        Optional<Instant> end = parameters.end("end_date", zone);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Span month = month(now, zone);
        Instant from = start.orElseGet(() -> end.filter(before -> !month.from().isBefore(before))
                .map(before -> month(before.minus(1, ChronoUnit.MICROS), zone).from())
                .orElse(month.from()));
        Instant before = end.orElseGet(() -> start.filter(first -> !first.isBefore(month.before()))
                .map(first -> month(first, zone).before())
                .orElse(month.before()));
        if (!from.isBefore(before)) {
            parameters.wrong("start_date", "invalid_value", "must not be after end_date");
            return month;
        }
        if (grouping == Grouping.DAY && Duration.between(from, before).compareTo(BY_DAY_MAX) > 0) {
            parameters.wrong(
                    "start_date", "invalid_value", "must be within " + BY_DAY_MAX.toDays() + " days of end_date");
            return month;
        }
        return new Span(from, before);
    }

    private static Span month(Instant instant, ZoneId zone) {
        Window month = Window.containing(instant, WindowSize.MONTH, zone);
        return new Span(month.start(), month.end());
    }

    private static void refuseWhatIsNotOffered(HttpRequest<?> request, QueryParameters parameters) {
        parameters.refuse("window");
        request.getParameters().names().stream()
                .filter(name -> name.startsWith("filter["))
                .forEach(parameters::refuse);
    }

    private static String toCursor(String name) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(name.getBytes(StandardCharsets.UTF_8));
    }

    private static String fromCursor(String text) {
        String name = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
        if (name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not a cursor of this list");
        }
        return name;
    }
}
