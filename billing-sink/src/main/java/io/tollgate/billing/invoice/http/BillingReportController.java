package io.tollgate.billing.invoice.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.invoice.BillingTotals;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceQuery;
import io.tollgate.billing.invoice.Invoices;
import io.tollgate.billing.usage.Grouping;
import io.tollgate.billing.usage.MeterOperations;
import io.tollgate.billing.usage.OrganizationZones;
import io.tollgate.billing.usage.ReadBarrier;
import io.tollgate.billing.usage.Span;
import io.tollgate.billing.usage.UsageLine;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageReads;
import io.tollgate.billing.usage.UsageSummaries;
import io.tollgate.billing.usage.http.Freshness;
import io.tollgate.billing.usage.http.Periods;
import io.tollgate.billing.usage.http.QueryParameters;
import io.tollgate.billing.usage.http.UsageController;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Permission;
import io.tollgate.metering.quantity.Quantity;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/// `GET /api/v1/reports/billing`: what was used in a span of time and what its invoices come to.
@Controller("/api/v1/reports")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class BillingReportController {
    /// More meters than an organization has that means them; a report of more is refused rather than cut.
    private static final int METERS_MAX = 10_000;

    /// The newest; the list of invoices has the rest.
    private static final int INVOICES_MAX = 100;

    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    private final Invoices invoices;
    private final BillingTotals.Source totals;
    private final UsageSummaries summaries;
    private final ReadBarrier barrier;
    private final OrganizationZones zones;
    private final InstantSource clock;

    public BillingReportController(
            Invoices invoices,
            BillingTotals.Source totals,
            UsageReads usage,
            MeterOperations operations,
            ReadBarrier barrier,
            OrganizationZones zones,
            InstantSource clock) {
        this.invoices = invoices;
        this.totals = totals;
        this.summaries = new UsageSummaries(usage, operations);
        this.barrier = barrier;
        this.zones = zones;
        this.clock = clock;
    }

    @Get("/billing")
    HttpResponse<byte[]> billing(HttpRequest<?> request) {
        Freshness freshness = Freshness.awaitWhole(request, barrier, Permission.BILLING_READ);
        QueryParameters parameters = new QueryParameters(request);
        ZoneId zone = zones.zoneOf(freshness.organizationId());
        Span period = Periods.read(parameters, zone, clock.instant());
        List<String> tenants = freshness.tenants(parameters);
        if (tenants.size() > 1) {
            parameters.wrong("tenant_id", "too_many", "may be given once");
        }
        parameters.requireRight();
        List<UsageLine> usage = UsageController.whole(
                summaries.summarize(new UsageQuery(
                        freshness.organizationId(),
                        tenants,
                        List.of(),
                        List.of(),
                        Grouping.BY_METER,
                        Optional.empty(),
                        period,
                        zone,
                        METERS_MAX,
                        Optional.empty())),
                METERS_MAX);
        Optional<String> tenant = tenants.stream().findFirst();
        List<BillingTotals> sums = totals.of(
                freshness.organizationId(),
                tenant.map(TenantId::new),
                Optional.of(period.from()),
                Optional.of(period.before()));
        List<Invoice> newest = invoices.list(new InvoiceQuery(
                freshness.organizationId(),
                tenant,
                Optional.empty(),
                Optional.of(period.from()),
                Optional.of(period.before()),
                INVOICES_MAX,
                Optional.empty()));
        return freshness.answer(view(period, usage, sums, newest).toString().getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode view(Span period, List<UsageLine> usage, List<BillingTotals> sums, List<Invoice> newest) {
        ObjectNode body = NODES.objectNode();
        body.putObject("period").put("start", period.from().toString()).put("end", Periods.lastOf(period));
        ObjectNode summary = body.putObject("summary");
        sums.stream()
                .findFirst()
                .ifPresentOrElse(
                        main -> put(summary, main),
                        () -> summary.put("total_billed", 0)
                                .put("total_paid", 0)
                                .put("total_pending", 0)
                                .put("invoice_count", 0));
        ArrayNode byCurrency = body.putArray("by_currency");
        sums.forEach(sum -> put(byCurrency.addObject(), sum));
        ArrayNode meters = body.putArray("usage");
        usage.forEach(line -> meters.addObject()
                .put("event_type", line.names().getFirst())
                .put("total_quantity", Quantity.withFraction(line.total())));
        ArrayNode list = body.putArray("invoices");
        newest.forEach(invoice -> list.add(InvoiceView.head(invoice)));
        return body;
    }

    private static void put(ObjectNode view, BillingTotals sum) {
        view.put("currency", sum.currency().getCurrencyCode())
                .put("total_billed", sum.billed())
                .put("total_paid", sum.paid())
                .put("total_pending", sum.pending())
                .put("invoice_count", sum.invoices());
    }
}
