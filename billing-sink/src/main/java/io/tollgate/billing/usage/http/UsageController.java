package io.tollgate.billing.usage.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.usage.Grouping;
import io.tollgate.billing.usage.MetadataFilter;
import io.tollgate.billing.usage.MeterOperations;
import io.tollgate.billing.usage.OrganizationZones;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.RowKey;
import io.tollgate.billing.usage.Span;
import io.tollgate.billing.usage.UsageLine;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageReads;
import io.tollgate.billing.usage.UsageSummaries;
import io.tollgate.billing.usage.UsageSummaries.Summary;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.metering.period.WindowSize;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `GET /api/v1/usage`: usage of a period, summed up by meter, tenant, day or metadata, as a whole or window by window.
@Controller("/api/v1/usage")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class UsageController {
    private static final int LIMIT = 1_000;
    private static final int LIMIT_MAX = 10_000;

    /// Most `filter[…]` parameters of one request.
    private static final int FILTERS_MAX = 5;

    private static final String GROUPINGS = "Invalid group_by parameter. Use: event_type, tenant, or day";
    private static final String FILTER_BEGIN = "filter[";
    private static final String FILTER_END = "]";

    private final UsageSummaries summaries;
    private final ReadBarrier barrier;
    private final OrganizationZones zones;
    private final InstantSource clock;

    public UsageController(
            UsageReads reads,
            MeterOperations operations,
            ReadBarrier barrier,
            OrganizationZones zones,
            InstantSource clock) {
        this.summaries = new UsageSummaries(reads, operations);
        this.barrier = barrier;
        this.zones = zones;
        this.clock = clock;
    }

    @Get(produces = MediaType.ALL)
    HttpResponse<byte[]> usage(HttpRequest<?> request) {
        Freshness freshness = Freshness.await(request, barrier);
        UsageQuery query = query(new QueryParameters(request), freshness);
        Summary.Page page = page(summaries.summarize(query));
        return CsvAnswer.wanted(request)
                ? freshness.says(
                        CsvAnswer.of(UsageCsv.of(query, page), page.next().map(RowKey::toText)))
                : freshness.answer(UsageJson.toJson(query, page));
    }

    /// The page, or the refusal of what would take too long.
    private static Summary.Page page(Summary summary) {
        return switch (summary) {
            case Summary.Page page -> page;
            case Summary.TooMuch tooMuch ->
                throw Problem.invalid(
                        ErrorCode.VALIDATION_FAILED,
                        List.of(new Problem.FieldError(
                                "start_date",
                                "too_much",
                                "the period holds more than one request may read, which is " + tooMuch.readMax()
                                        + " hour counters and events, or what can be read in 20 seconds: shorten it,"
                                        + " or name tenants")));
        };
    }

    /// The lines of a report, which has no second page.
    public static List<UsageLine> whole(Summary summary, int linesMax) {
        Summary.Page page = page(summary);
        if (page.next().isPresent()) {
            throw Problem.invalid(
                    ErrorCode.VALIDATION_FAILED,
                    List.of(new Problem.FieldError(
                            "start_date",
                            "too_much",
                            "a report has at most " + linesMax
                                    + " lines: shorten the period, or read /api/v1/usage page" + " by page")));
        }
        return page.lines();
    }

    private UsageQuery query(QueryParameters parameters, Freshness freshness) {
        Grouping grouping = Grouping.ofWords(parameters.text("group_by").orElse("event_type"))
                .orElseThrow(
                        () -> Problem.of(ErrorCode.VALIDATION_FAILED, GROUPINGS).titled(GROUPINGS));
        ZoneId zone = zone(parameters).orElseGet(() -> zones.zoneOf(freshness.organizationId()));
        Optional<WindowSize> window =
                parameters.read("window", UsageController::windowSize, "must be minute, hour, day or month");
        Span period = Periods.read(parameters, zone, clock.instant());
        if (window.isPresent() && grouping.byDay()) {
            parameters.wrong("window", "invalid_value", "must not be given with group_by=day: both divide the period");
            window = Optional.empty();
        }
        bound(parameters, period, grouping.byDay() ? Optional.of(WindowSize.DAY) : window);
        boolean windowed = window.isPresent();
        Optional<RowKey> after = parameters.read(
                "cursor",
                text -> RowKey.fromText(text, grouping.dimensions().size(), windowed),
                "must be a next_cursor of this list");
        UsageQuery query = new UsageQuery(
                freshness.organizationId(),
                freshness.tenants(parameters),
                parameters.filter("event_type"),
                filters(parameters),
                grouping,
                window,
                period,
                zone,
                parameters.limit(LIMIT, LIMIT_MAX),
                after);
        parameters.requireRight();
        return query;
    }

    private static WindowSize windowSize(String word) {
        return switch (word) {
            case "minute" -> WindowSize.MINUTE;
            case "hour" -> WindowSize.HOUR;
            case "day" -> WindowSize.DAY;
            case "month" -> WindowSize.MONTH;
            default -> throw new IllegalArgumentException(word);
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

    private static void bound(QueryParameters parameters, Span period, Optional<WindowSize> window) {
        window.ifPresent(size -> {
            long most = UsageQuery.windowsMax(size);
            if (UsageQuery.windowsAtMost(period, size) > most) {
                parameters.wrong(
                        "start_date", "too_much", "the period must not be divided into more than " + most + " windows");
            }
        });
    }

    private static List<MetadataFilter> filters(QueryParameters parameters) {
        List<MetadataFilter> filters = new ArrayList<>();
        int values = 0;
        for (String name : parameters.namesBeginning(FILTER_BEGIN)) {
            Optional<String> key = name.endsWith(FILTER_END)
                    ? Grouping.metadataKey(name.substring(FILTER_BEGIN.length(), name.length() - FILTER_END.length()))
                    : Optional.empty();
            if (key.isEmpty()) {
                parameters.wrong(name, "invalid_value", "must be filter[metadata.<key>]");
                continue;
            }
            List<String> wanted = parameters.values(name);
            values += wanted.size();
            filters.add(new MetadataFilter(key.get(), wanted));
        }
        if (values > FILTERS_MAX) {
            parameters.wrong("filter", "too_many", "at most " + FILTERS_MAX + " filters may be given");
        }
        return filters;
    }
}
