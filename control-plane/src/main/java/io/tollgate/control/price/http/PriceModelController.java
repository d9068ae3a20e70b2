package io.tollgate.control.price.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.price.PriceModels;
import io.tollgate.control.price.PriceOutcome;
import io.tollgate.control.price.PriceQuery;
import io.tollgate.control.price.PriceTerms;
import io.tollgate.control.price.StoredPrice;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.ListPage;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import java.util.List;
import java.util.Optional;

/// Price models, under `/api/v1/price-models`.
@Controller("/api/v1/price-models")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class PriceModelController {
    static final String INVALID = "Invalid request body";
    private static final int LIMIT = 50;
    private static final int LIMIT_MAX = 100;

    /// Longest value of a filter in characters: that of the names it can match.
    private static final int FILTER_LENGTH_MAX = 100;

    private final PriceModels prices;

    public PriceModelController(PriceModels prices) {
        this.prices = prices;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        OrganizationId organizationId = organization(request, Permission.CATALOG_WRITE);
        PriceTerms terms = body(request).draft();
        return Answers.json(
                HttpStatus.CREATED,
                PriceView.toJson(saved(prices.create(organizationId, terms, RequestActor.of(request)))));
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        OrganizationId organizationId = organization(request, Permission.USAGE_READ);
        int limit = ListParameters.limit(request, LIMIT, LIMIT_MAX);
        List<StoredPrice> found = prices.list(new PriceQuery(
                organizationId,
                ListParameters.filter(request, "event_type", FILTER_LENGTH_MAX),
                false,
                ListParameters.filter(request, "plan_id", FILTER_LENGTH_MAX),
                ListParameters.filter(request, "tenant_id", FILTER_LENGTH_MAX),
                ListParameters.from(request, "at"),
                limit + 1,
                ListParameters.cursor(request)));
        ListPage<StoredPrice> page = ListPage.of(
                found,
                limit,
                one -> new TimeCursor(one.createdAt(), one.version().id()));
        return Answers.json(HttpStatus.OK, page.toJson("price_models", PriceView::toJson));
    }

    @Get("/{id}")
    HttpResponse<byte[]> show(HttpRequest<?> request, @PathVariable String id) {
        return Answers.json(
                HttpStatus.OK,
                PriceView.toJson(prices.find(
                                organization(request, Permission.USAGE_READ),
                                Answers.storable(id, PriceModelController::noPrice))
                        .orElseThrow(PriceModelController::noPrice)));
    }

    @Put("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> change(HttpRequest<byte[]> request, @PathVariable String id) {
        OrganizationId organizationId = organization(request, Permission.CATALOG_WRITE);
        PriceBody body = body(request);
        return Answers.json(
                HttpStatus.OK,
                PriceView.toJson(saved(prices.change(
                        organizationId,
                        Answers.storable(id, PriceModelController::noPrice),
                        before -> Optional.of(body.changed(before)),
                        RequestActor.of(request)))));
    }

    @Delete("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, @PathVariable String id) {
        OrganizationId organizationId = organization(request, Permission.CATALOG_WRITE);
        PriceOutcome outcome = prices.change(
                organizationId,
                Answers.storable(id, PriceModelController::noPrice),
                before -> Optional.empty(),
                RequestActor.of(request));
        if (outcome instanceof PriceOutcome.Invoiced invoiced) {
            throw invoiced(invoiced);
        }
        if (outcome instanceof PriceOutcome.Absent) {
            throw noPrice();
        }
        return Answers.json(HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("success", true));
    }

    private static OrganizationId organization(HttpRequest<?> request, Permission permission) {
        return Authority.organization(Answers.principal(request), permission);
    }

    private static PriceBody body(HttpRequest<byte[]> request) {
        return new PriceBody(JsonBody.object(request, INVALID, INVALID));
    }

    static StoredPrice saved(PriceOutcome outcome) {
        return switch (outcome) {
            case PriceOutcome.Saved saved -> saved.price();
            case PriceOutcome.Overlaps overlaps ->
                throw Problem.of(
                        ErrorCode.ALREADY_EXISTS,
                        "Price model " + overlaps.other().version().id()
                                + " is in force for the same event_type and target from "
                                + overlaps.other().version().effectiveFrom() + " to "
                                + overlaps.other()
                                        .version()
                                        .effectiveTo()
                                        .map(Object::toString)
                                        .orElse("no end")
                                + "; end it first, or choose other times.");
            case PriceOutcome.NoPlan noPlan ->
                throw Problem.invalid(
                        ErrorCode.PLAN_NOT_FOUND,
                        List.of(new Problem.FieldError(
                                "plan_id", "NOT_FOUND", "must be the id or name of a plan, not " + noPlan.planRef())));
            case PriceOutcome.Backwards backwards ->
                throw Problem.invalid(
                        ErrorCode.VALIDATION_FAILED,
                        List.of(new Problem.FieldError(
                                "effective_to", "INVALID_VALUE", "must be after effective_from, which is now")));
            case PriceOutcome.Invoiced invoiced -> throw invoiced(invoiced);
            case PriceOutcome.Absent absent -> throw noPrice();
            case PriceOutcome.Deleted deleted -> throw noPrice();
        };
    }

    private static Problem invoiced(PriceOutcome.Invoiced invoiced) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                "Prices of '" + invoiced.meter() + "' before " + invoiced.until()
                        + " are on finalized invoices and cannot change. Make a new version from then on, or void the"
                        + " invoices first.");
    }

    private static Problem noPrice() {
        return Problem.of(ErrorCode.NOT_FOUND, "Price model not found");
    }
}
