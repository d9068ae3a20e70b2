package io.tollgate.billing.invoice.http;

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
import io.tollgate.billing.invoice.BilledEvents;
import io.tollgate.billing.invoice.BillingTerms;
import io.tollgate.billing.invoice.Invoice;
import io.tollgate.billing.invoice.InvoiceQuery;
import io.tollgate.billing.invoice.InvoiceStatus;
import io.tollgate.billing.invoice.Invoices;
import io.tollgate.billing.invoice.pdf.InvoicePdf;
import io.tollgate.billing.usage.http.CsvAnswer;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.http.Answers;
import io.tollgate.http.ListPage;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import io.tollgate.metering.quantity.Quantity;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Invoices, under `/api/v1/invoices`.
@Controller("/api/v1/invoices")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class InvoiceController {
    private static final int LIMIT = 20;
    private static final int LIMIT_MAX = 100;
    private static final int EVENTS = 100;
    private static final int EVENTS_MAX = 1_000;
    private static final int FILTER_LENGTH_MAX = 100;
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    private final Invoices invoices;
    private final BilledEvents events;
    private final InvoiceOrders orders;
    private final InstantSource clock;

    public InvoiceController(Invoices invoices, BilledEvents events, InvoiceOrders orders, InstantSource clock) {
        this.invoices = invoices;
        this.events = events;
        this.orders = orders;
        this.clock = clock;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        OrganizationId organizationId = organization(request, Permission.BILLING_WRITE);
        Invoices.Order order = orders.read(request, organizationId, Optional.of(clock.instant()));
        return Answers.json(
                HttpStatus.CREATED,
                InvoiceView.full(InvoiceProblems.done(invoices.draft(order, RequestActor.of(request)))));
    }

    @Post("/preview")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> preview(HttpRequest<byte[]> request) {
        OrganizationId organizationId = organization(request, Permission.BILLING_READ);
        Invoices.Order order = orders.read(request, organizationId, Optional.empty());
        return shown(InvoiceProblems.done(invoices.preview(order)));
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        OrganizationId organizationId = organization(request, Permission.BILLING_READ);
        int limit = ListParameters.limit(request, LIMIT, LIMIT_MAX);
        List<Invoice> found = invoices.list(new InvoiceQuery(
                organizationId,
                ListParameters.filter(request, "tenant_id", FILTER_LENGTH_MAX),
                ListParameters.text(request, "status").map(InvoiceController::status),
                ListParameters.from(request, "start_date"),
                ListParameters.after(request, "end_date"),
                limit + 1,
                ListParameters.cursor(request)));
        ListPage<Invoice> page = ListPage.of(
                found,
                limit,
                one -> new TimeCursor(one.dates().created(), one.id().orElseThrow()));
        return Answers.json(HttpStatus.OK, page.toJson("invoices", InvoiceView::head));
    }

    private static InvoiceStatus status(String word) {
        return Arrays.stream(InvoiceStatus.values())
                .filter(status -> status.name().equals(word.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() ->
                        ListParameters.invalid("status", "must be one of DRAFT, PENDING, OVERDUE, PAID, CANCELLED"));
    }

    /// JSON, or what the request rather takes: a table, or paper.
    @Get(value = "/{id}", produces = MediaType.ALL)
    HttpResponse<byte[]> show(HttpRequest<?> request, @PathVariable String id) {
        Invoice invoice = find(request, id, Permission.BILLING_READ);
        if (request.getHeaders().accept().stream()
                .anyMatch(type -> type.matches(MediaType.APPLICATION_PDF_TYPE)
                        && type.getSubtype().equals("pdf"))) {
            return pdf(invoice);
        }
        return CsvAnswer.wanted(request) ? csv(invoice) : shown(invoice);
    }

    @Get(value = "/{id}/pdf", produces = MediaType.ALL)
    HttpResponse<byte[]> pdf(HttpRequest<?> request, @PathVariable String id) {
        return pdf(find(request, id, Permission.BILLING_READ));
    }

    private static HttpResponse<byte[]> pdf(Invoice invoice) {
        return HttpResponse.ok(InvoicePdf.of(invoice))
                .contentType(MediaType.APPLICATION_PDF_TYPE)
                .header("Content-Disposition", "inline; filename=\"" + fileName(invoice) + ".pdf\"");
    }

    @Get(value = "/{id}/csv", produces = MediaType.ALL)
    HttpResponse<byte[]> csv(HttpRequest<?> request, @PathVariable String id) {
        return csv(find(request, id, Permission.BILLING_READ));
    }

    private static HttpResponse<byte[]> csv(Invoice invoice) {
        return CsvAnswer.file(InvoiceTable.of(invoice), fileName(invoice) + ".csv");
    }

    /// Numbers have letters, digits and hyphens only.
    private static String fileName(Invoice invoice) {
        return invoice.number().orElseThrow();
    }

    @Get("/{id}/events")
    HttpResponse<byte[]> events(HttpRequest<?> request, @PathVariable String id) {
        Invoice invoice = find(request, id, Permission.BILLING_READ);
        int limit = ListParameters.limit(request, EVENTS, EVENTS_MAX);
        List<BilledEvents.Event> found = events.list(
                invoice.id().orElseThrow(),
                ListParameters.filter(request, "event_type", FILTER_LENGTH_MAX),
                ListParameters.filter(request, "cursor", FILTER_LENGTH_MAX),
                limit + 1);
        boolean more = found.size() > limit;
        List<BilledEvents.Event> shown = more ? found.subList(0, limit) : found;
        ObjectNode body = NODES.objectNode();
        ArrayNode list = body.putArray("events");
        shown.forEach(event -> list.addObject()
                .put("id", event.id())
                .put("tenant_id", invoice.tenantId().value())
                .put("event_type", event.meter())
                .put("quantity", Quantity.withFraction(event.quantity()))
                .put("timestamp", event.occurredAt().toString())
                .put("received_at", event.receivedAt().toString())
                .put("invoice_id", id));
        body.put("next_cursor", more ? shown.getLast().id() : null);
        return Answers.json(HttpStatus.OK, body);
    }

    @Get("/{id}/proof")
    HttpResponse<byte[]> proof(HttpRequest<?> request, @PathVariable String id) {
        return Answers.json(
                HttpStatus.OK, InvoiceView.proof(proved(request, id).proof().orElseThrow()));
    }

    @Get("/{id}/proof/{eventId}")
    HttpResponse<byte[]> inclusion(HttpRequest<?> request, @PathVariable String id, @PathVariable String eventId) {
        Invoice invoice = proved(request, id);
        return Answers.json(
                HttpStatus.OK,
                InvoiceView.inclusion(
                        events.inclusion(invoice, Answers.storable(eventId, InvoiceController::noSuchEvent))
                                .orElseThrow(InvoiceController::noSuchEvent)));
    }

    private Invoice proved(HttpRequest<?> request, String id) {
        Invoice invoice = find(request, id, Permission.BILLING_READ);
        if (invoice.proof().isEmpty()) {
            throw InvoiceProblems.forbidden(invoice.status().orElseThrow(), "has no proof: it was never finalized");
        }
        return invoice;
    }

    @Get("/{id}/diff")
    HttpResponse<byte[]> diff(HttpRequest<?> request, @PathVariable String id) {
        Invoice invoice = find(request, id, Permission.BILLING_READ);
        ObjectNode body = NODES.objectNode();
        ArrayNode adjustments = body.putArray("adjustments");
        events.changes(invoice.organizationId(), invoice)
                .forEach(change -> adjustments
                        .addObject()
                        .put("event_id", change.eventId())
                        .put("kind", change.cause().name())
                        .put("event_type", change.meter())
                        .put("quantity_before", Quantity.withFraction(change.before()))
                        .put("quantity_after", Quantity.withFraction(change.after()))
                        .put("amount", change.amount())
                        .put("invoice_id", change.adjustedBy().orElse(null)));
        return Answers.json(HttpStatus.OK, body);
    }

    @Post("/{id}/recalculate")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> recalculate(HttpRequest<?> request, @PathVariable String id) {
        Invoice invoice = find(request, id, Permission.BILLING_WRITE);
        BillingTerms terms = orders.terms(invoice.organizationId(), invoice.tenantId());
        long before = orders.stored(invoice.organizationId(), invoice.tenantId());
        return shown(InvoiceProblems.done(
                invoices.recalculate(invoice.organizationId(), id, terms, before, RequestActor.of(request))));
    }

    @Post("/{id}/finalize")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> finish(HttpRequest<byte[]> request, @PathVariable String id) {
        Invoice invoice = find(request, id, Permission.BILLING_WRITE);
        OrganizationId organizationId = invoice.organizationId();
        TenantId tenantId = invoice.tenantId();
        Invoices.Finishing finishing = orders.finishing(request, organizationId, tenantId);
        return shown(InvoiceProblems.done(invoices.finish(organizationId, id, finishing, RequestActor.of(request))));
    }

    @Post("/{id}/pay")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> pay(HttpRequest<byte[]> request, @PathVariable String id) {
        Invoice invoice = find(request, id, Permission.BILLING_WRITE);
        InvoiceOrders.Payment payment = InvoiceOrders.payment(request, clock.instant());
        return shown(InvoiceProblems.done(invoices.pay(
                invoice.organizationId(), id, payment.paidAt(), payment.reference(), RequestActor.of(request))));
    }

    @Post("/{id}/void")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> cancel(HttpRequest<byte[]> request, @PathVariable String id) {
        Invoice invoice = find(request, id, Permission.BILLING_WRITE);
        return shown(InvoiceProblems.done(invoices.cancel(
                invoice.organizationId(), id, InvoiceOrders.reason(request), RequestActor.of(request))));
    }

    private Invoice find(HttpRequest<?> request, String id, Permission permission) {
        return invoices.find(organization(request, permission), Answers.storable(id, InvoiceProblems::noInvoice))
                .orElseThrow(InvoiceProblems::noInvoice);
    }

    private static HttpResponse<byte[]> shown(Invoice invoice) {
        return Answers.json(HttpStatus.OK, InvoiceView.full(invoice));
    }

    private static OrganizationId organization(HttpRequest<?> request, Permission permission) {
        return Authority.organization(Answers.principal(request), permission);
    }

    private static Problem noSuchEvent() {
        return Problem.of(ErrorCode.NOT_FOUND, "The invoice does not bill an event of this id.");
    }
}
