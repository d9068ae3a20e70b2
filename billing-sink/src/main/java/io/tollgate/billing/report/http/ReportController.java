package io.tollgate.billing.report.http;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.invoice.BillingTotals;
import io.tollgate.billing.report.Activity;
import io.tollgate.billing.report.BusyTenant;
import io.tollgate.billing.report.QuotaFill;
import io.tollgate.billing.report.ReportReads;
import io.tollgate.billing.usage.Grouping;
import io.tollgate.billing.usage.MeterOperations;
import io.tollgate.billing.usage.OrganizationZones;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.UsageLine;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageReads;
import io.tollgate.billing.usage.UsageSummaries;
import io.tollgate.billing.usage.http.CsvAnswer;
import io.tollgate.billing.usage.http.CsvTable;
import io.tollgate.billing.usage.http.Freshness;
import io.tollgate.billing.usage.http.Periods;
import io.tollgate.billing.usage.http.QueryParameters;
import io.tollgate.billing.usage.http.UsageController;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `GET /api/v1/reports/…`: answers about an organization as a whole, for its keys; the key of a tenant gets none.
@Controller("/api/v1/reports")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class ReportController {
    /// More meters than an organization has that means them; a report of more is refused rather than cut.
    private static final int METERS_MAX = 10_000;

    private static final Duration RECENT = Duration.ofMinutes(5);
    private static final int TENANTS = 10;
    private static final int TENANTS_MAX = 100;

    private final UsageSummaries summaries;
    private final ReportReads reads;
    private final BillingTotals.Source totals;
    private final QuotaFill quotas;
    private final ReadBarrier barrier;
    private final OrganizationZones zones;
    private final InstantSource clock;

    public ReportController(
            UsageReads usage,
            MeterOperations operations,
            ReportReads reads,
            BillingTotals.Source totals,
            QuotaFill quotas,
            ReadBarrier barrier,
            OrganizationZones zones,
            InstantSource clock) {
        this.summaries = new UsageSummaries(usage, operations);
        this.reads = reads;
        this.totals = totals;
        this.quotas = quotas;
        this.barrier = barrier;
        this.zones = zones;
        this.clock = clock;
    }

    @Get(value = "/usage", produces = MediaType.ALL)
    HttpResponse<byte[]> usage(HttpRequest<?> request) {
        Freshness freshness = Freshness.awaitWhole(request, barrier);
        QueryParameters parameters = new QueryParameters(request);
        boolean csv = parameters
                .read("format", ReportController::csv, "must be json or csv")
                .orElseGet(() -> CsvAnswer.wanted(request));
        UsageQuery query = byMeter(parameters, freshness);
        List<UsageLine> lines = lines(query);
        if (!csv) {
            return freshness.answer(ReportJson.usage(query, lines));
        }
        String slug =
                reads.slug(query.organizationId()).orElse(query.organizationId().value());
        LocalDate today = LocalDate.ofInstant(clock.instant(), query.zone());
        return freshness.says(CsvAnswer.file(table(lines), "usage-report-" + slug + "-" + today + ".csv"));
    }

    @Get("/organization")
    HttpResponse<byte[]> organization(HttpRequest<?> request) {
        Freshness freshness = Freshness.awaitWhole(request, barrier);
        UsageQuery query = byMeter(new QueryParameters(request), freshness);
        return freshness.answer(ReportJson.organization(
                reads.tenants(query.organizationId()),
                lines(query),
                totals.of(
                        query.organizationId(),
                        Optional.empty(),
                        Optional.of(query.period().from()),
                        Optional.of(query.period().before()))));
    }

    @Get("/hot-tenants")
    HttpResponse<byte[]> hotTenants(HttpRequest<?> request) {
        Freshness freshness = Freshness.awaitWhole(request, barrier);
        QueryParameters parameters = new QueryParameters(request);
        int limit = parameters.limit(TENANTS, TENANTS_MAX);
        List<String> meters = parameters.filter("event_type");
        if (meters.size() > 1) {
            parameters.wrong("event_type", "too_many", "may be given once");
        }
        parameters.requireRight();
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Activity activity =
                reads.activity(freshness.organizationId(), meters.stream().findFirst(), now.minus(RECENT), now, limit);
        Map<BusyTenant, BigDecimal> fill = quotas.highest(freshness.organizationId(), activity.busiest());
        return freshness.answer(ReportJson.hotTenants(activity, fill));
    }

    private static boolean csv(String format) {
        return switch (format) {
            case "csv" -> true;
            case "json" -> false;
            default -> throw new IllegalArgumentException(format);
        };
    }

    private UsageQuery byMeter(QueryParameters parameters, Freshness freshness) {
        ZoneId zone = zones.zoneOf(freshness.organizationId());
        UsageQuery query = new UsageQuery(
                freshness.organizationId(),
                List.of(),
                List.of(),
                List.of(),
                Grouping.BY_METER,
                Optional.empty(),
                Periods.read(parameters, zone, clock.instant()),
                zone,
                METERS_MAX,
                Optional.empty());
        parameters.requireRight();
        return query;
    }

    private List<UsageLine> lines(UsageQuery query) {
        return UsageController.whole(summaries.summarize(query), METERS_MAX);
    }

    private static CsvTable table(List<UsageLine> lines) {
        CsvTable table = new CsvTable(List.of("Event Type", "Event Count", "Total Quantity"));
        lines.forEach(line -> table.add(line.names().getFirst(), line.eventCount(), line.total()));
        return table;
    }
}
