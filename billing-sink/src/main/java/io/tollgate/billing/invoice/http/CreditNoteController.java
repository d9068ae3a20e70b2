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
import io.tollgate.billing.invoice.CreditNote;
import io.tollgate.billing.invoice.CreditNotes;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.contract.problem.Problem.FieldError;
import io.tollgate.http.Answers;
import io.tollgate.http.BodyFields;
import io.tollgate.http.ListPage;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Credit notes: made of an invoice, read under `/api/v1/credit-notes`.
@Controller("/api/v1")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class CreditNoteController {
    private static final int LIMIT = 20;
    private static final int LIMIT_MAX = 100;
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    private final CreditNotes notes;

    public CreditNoteController(CreditNotes notes) {
        this.notes = notes;
    }

    @Post("/invoices/{id}/credit-notes")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request, @PathVariable String id) {
        OrganizationId organizationId = organization(request, Permission.BILLING_WRITE);
        CreditNotes.Order order = order(request, organizationId, Answers.storable(id, InvoiceProblems::noInvoice));
        return switch (notes.order(order, RequestActor.of(request))) {
            case CreditNotes.Outcome.Made made -> Answers.json(HttpStatus.CREATED, view(made.note()));
            case CreditNotes.Outcome.Forbidden forbidden ->
                throw InvoiceProblems.forbidden(forbidden.status(), "cannot be credited");
            case CreditNotes.Outcome.TooMuch tooMuch ->
                throw invalid("must be at most " + tooMuch.left().toPlainString()
                        + ": what the invoice comes to, less what was credited before");
            case CreditNotes.Outcome.TooFine tooFine ->
                throw invalid("must have at most " + tooFine.digits() + " fraction digits in this currency");
            case CreditNotes.Outcome.NoInvoice none -> throw InvoiceProblems.noInvoice();
        };
    }

    private static CreditNotes.Order order(
            HttpRequest<byte[]> request, OrganizationId organizationId, String invoiceId) {
        BodyFields fields = InvoiceOrders.fields(request);
        fields.require("reason");
        Optional<String> reason = fields.text(InvoiceOrders::sentence, "reason");
        List<CreditNote.Line> lines = lines(fields);
        Optional<BigDecimal> amount = fields.decimal("amount");
        BigDecimal sum = lines.stream().map(CreditNote.Line::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
        if (amount.isEmpty() && lines.isEmpty()) {
            fields.require("amount");
        }
        if (amount.filter(given -> given.signum() <= 0).isPresent()) {
            fields.wrong("amount", "INVALID_VALUE", "must be greater than 0");
        }
        if (!lines.isEmpty()
                && amount.filter(given -> given.compareTo(sum) != 0).isPresent()) {
            fields.wrong("amount", "INVALID_VALUE", "must be the sum of the lines, " + sum.toPlainString());
        }
        fields.requireRight();
        return new CreditNotes.Order(organizationId, invoiceId, amount.orElse(sum), lines, reason.orElseThrow());
    }

    private static List<CreditNote.Line> lines(BodyFields fields) {
        if (!fields.sentWithValue("lines")) {
            return List.of();
        }
        JsonNode list = fields.node("lines");
        if (!list.isArray() || list.isEmpty() || list.size() > CreditNotes.LINES_MAX) {
            fields.wrong("lines", "INVALID_VALUE", "must be a list of 1 to " + CreditNotes.LINES_MAX + " lines");
            return List.of();
        }
        List<CreditNote.Line> lines = new ArrayList<>();
        for (JsonNode one : list) {
            BodyFields line = new BodyFields(one);
            Optional<String> description = line.text(InvoiceOrders::sentence, "description");
            Optional<BigDecimal> amount = line.decimal("amount").filter(given -> given.signum() > 0);
            if (description.isEmpty() || amount.isEmpty()) {
                fields.wrong(
                        "lines",
                        "INVALID_VALUE",
                        "must each have a description of 1 to 500 characters and an amount > 0");
                return List.of();
            }
            lines.add(new CreditNote.Line(description.get(), amount.get()));
        }
        return lines;
    }

    private static Problem invalid(String message) {
        return Problem.invalid(
                ErrorCode.VALIDATION_FAILED, List.of(new FieldError("amount", "INVALID_VALUE", message)));
    }

    @Get("/credit-notes")
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        OrganizationId organizationId = organization(request, Permission.BILLING_READ);
        int limit = ListParameters.limit(request, LIMIT, LIMIT_MAX);
        List<CreditNote> found = notes.list(organizationId, ListParameters.cursor(request), limit + 1);
        ListPage<CreditNote> page = ListPage.of(found, limit, note -> new TimeCursor(note.createdAt(), note.id()));
        return Answers.json(HttpStatus.OK, page.toJson("credit_notes", CreditNoteController::view));
    }

    @Get("/credit-notes/{id}")
    HttpResponse<byte[]> show(HttpRequest<?> request, @PathVariable String id) {
        return Answers.json(
                HttpStatus.OK,
                view(notes.find(
                                organization(request, Permission.BILLING_READ),
                                Answers.storable(id, CreditNoteController::noNote))
                        .orElseThrow(CreditNoteController::noNote)));
    }

    private static ObjectNode view(CreditNote note) {
        ObjectNode view = NODES.objectNode()
                .put("id", note.id())
                .put("credit_note_number", note.number())
                .put("invoice_id", note.invoiceId())
                .put("tenant_id", note.tenantId().value())
                .put("currency", note.currency().getCurrencyCode())
                .put("amount", note.amount())
                .put("deducted", note.deducted())
                .put("credited", note.amount().subtract(note.deducted()))
                .put("reason", note.reason());
        ArrayNode lines = view.putArray("lines");
        note.lines()
                .forEach(line ->
                        lines.addObject().put("description", line.description()).put("amount", line.amount()));
        return view.put("created_at", note.createdAt().toString());
    }

    private static OrganizationId organization(HttpRequest<?> request, Permission permission) {
        return Authority.organization(Answers.principal(request), permission);
    }

    private static Problem noNote() {
        return Problem.of(ErrorCode.NOT_FOUND, "Credit note not found");
    }
}
