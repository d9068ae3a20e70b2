package io.tollgate.billing.invoice.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.billing.invoice.BillingPeriod;
import io.tollgate.billing.invoice.Contracts;
import io.tollgate.billing.invoice.InvoiceRuns;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.http.Answers;
import io.tollgate.http.BodyFields;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `POST /api/v1/invoices/bulk`: invoices for many tenants at once, made in the background.
@Controller("/api/v1/invoices")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class InvoiceRunController {
    private static final int LIMIT = 1_000;
    private static final int LIMIT_MAX = 10_000;

    private final InvoiceRuns runs;
    private final Contracts contracts;
    private final InstantSource clock;

    public InvoiceRunController(InvoiceRuns runs, Contracts contracts, InstantSource clock) {
        this.runs = runs;
        this.contracts = contracts;
        this.clock = clock;
    }

    @Post("/bulk")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> order(HttpRequest<byte[]> request) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.BILLING_WRITE);
        BodyFields fields = InvoiceOrders.fields(request);
        Optional<BillingPeriod> period =
                InvoiceOrders.period(fields, contracts.zoneOf(organizationId), Optional.of(clock.instant()));
        Optional<List<TenantId>> tenants = tenants(fields);
        boolean finalizing = fields.flag("finalize").orElse(false);
        fields.requireRight();
        String id = runs.order(new InvoiceRuns.Order(
                organizationId, period.orElseThrow(), tenants, finalizing, RequestActor.of(request)));
        return Answers.json(
                HttpStatus.ACCEPTED, JsonNodeFactory.instance.objectNode().put("run_id", id));
    }

    private static Optional<List<TenantId>> tenants(BodyFields fields) {
        if (!fields.sentWithValue("tenant_ids")) {
            return Optional.empty();
        }
        JsonNode list = fields.node("tenant_ids");
        List<TenantId> tenants = new ArrayList<>();
        if (!list.isArray() || list.isEmpty() || list.size() > InvoiceRuns.TENANTS_MAX) {
            fields.wrong(
                    "tenant_ids",
                    "INVALID_VALUE",
                    "must be a list of 1 to " + InvoiceRuns.TENANTS_MAX + " ids of tenants");
            return Optional.empty();
        }
        for (JsonNode tenant : list) {
            try {
                tenants.add(new TenantId(tenant.isTextual() ? tenant.textValue() : ""));
            } catch (IllegalArgumentException e) {
                fields.wrong("tenant_ids", "INVALID_VALUE", "must hold ids of tenants only, not " + shortened(tenant));
                return Optional.empty();
            }
        }
        return Optional.of(tenants);
    }

    private static String shortened(JsonNode node) {
        String text = node.toString();
        return text.length() <= LIMIT ? text : text.substring(0, LIMIT);
    }

    @Get("/runs/{runId}")
    HttpResponse<byte[]> show(HttpRequest<?> request, @PathVariable String runId) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.BILLING_READ);
        InvoiceRuns.Progress run = runs.find(organizationId, Answers.storable(runId, InvoiceRunController::noRun))
                .orElseThrow(InvoiceRunController::noRun);
        int limit = ListParameters.limit(request, LIMIT, LIMIT_MAX);
        Optional<TenantId> after = ListParameters.text(request, "cursor").map(InvoiceRunController::cursor);
        List<InvoiceRuns.Settled> found = runs.settled(run.id(), after, limit + 1);
        boolean more = found.size() > limit;
        List<InvoiceRuns.Settled> shown = more ? found.subList(0, limit) : found;
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("run_id", run.id())
                .put("status", run.status())
                .put("period_start", run.period().start().toString())
                .put("period_end", run.period().end().toString())
                .put("tenants", run.tenants())
                .put("done", run.settled())
                .put("error", run.error().orElse(null));
        ArrayNode created = body.putArray("created");
        ArrayNode skipped = body.putArray("skipped");
        for (InvoiceRuns.Settled one : shown) {
            ObjectNode view = one.skipped().isPresent()
                    ? skipped.addObject()
                            .put("tenant_id", one.tenantId().value())
                            .put("reason", one.skipped().get())
                    : created.addObject().put("tenant_id", one.tenantId().value());
            one.invoiceId().ifPresent(id -> view.put("invoice_id", id));
        }
        body.put("next_cursor", more ? shown.getLast().tenantId().value() : null);
        return Answers.json(HttpStatus.OK, body);
    }

    private static TenantId cursor(String text) {
        try {
            return new TenantId(text);
        } catch (IllegalArgumentException e) {
            throw ListParameters.invalid("cursor", "must be a next_cursor of this list");
        }
    }

    private static Problem noRun() {
        return Problem.of(ErrorCode.NOT_FOUND, "Run not found");
    }
}
