package io.tollgate.control.plan.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.plan.PlanLimitOutcome;
import io.tollgate.control.plan.PlanLimitQuery;
import io.tollgate.control.plan.PlanLimitTerms;
import io.tollgate.control.plan.PlanLimits;
import io.tollgate.control.plan.StoredPlanLimit;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.ListPage;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Plan limits, under `/api/v1/plan_limits`.
@Controller("/api/v1/plan_limits")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class PlanLimitController {
    private static final int LIMIT_MAX = 1_000;

    /// Longest value of a filter in characters: that of the names it can match.
    private static final int FILTER_LENGTH_MAX = 100;

    private final PlanLimits limits;
    private final OutboundTargets targets;

    public PlanLimitController(PlanLimits limits, OutboundTargets targets) {
        this.limits = limits;
        this.targets = targets;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.CATALOG_WRITE);
        PlanLimitTerms terms = body(request).draft();
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("status", "created");
        body.setAll(PlanLimitView.toJson(saved(limits.create(organizationId, terms, RequestActor.of(request)))));
        return Answers.json(HttpStatus.CREATED, body);
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.USAGE_READ);
        Optional<Integer> limit = ListParameters.paged(request)
                ? Optional.of(ListParameters.limit(request, LIMIT_MAX, LIMIT_MAX))
                : Optional.empty();
        List<StoredPlanLimit> found = limits.list(new PlanLimitQuery(
                organizationId,
                ListParameters.filter(request, "plan_id", FILTER_LENGTH_MAX),
                ListParameters.filter(request, "customer_id", FILTER_LENGTH_MAX),
                ListParameters.filter(request, "metric_name", FILTER_LENGTH_MAX),
                limit.map(most -> most + 1),
                ListParameters.cursor(request)));
        ListPage<StoredPlanLimit> page =
                ListPage.of(found, limit.orElse(Integer.MAX_VALUE), one -> new TimeCursor(one.createdAt(), one.id()));
        return Answers.json(HttpStatus.OK, page.toCountedJson("plan_limits", PlanLimitView::toJson));
    }

    @Get("/{id}")
    HttpResponse<byte[]> show(HttpRequest<?> request, @PathVariable String id) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.USAGE_READ);
        return Answers.json(
                HttpStatus.OK,
                PlanLimitView.toJson(limits.find(organizationId, Answers.storable(id, PlanLimitController::noLimit))
                        .orElseThrow(PlanLimitController::noLimit)));
    }

    @Put("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> change(HttpRequest<byte[]> request, @PathVariable String id) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.CATALOG_WRITE);
        PlanLimitBody body = body(request);
        return Answers.json(
                HttpStatus.OK,
                PlanLimitView.toJson(saved(limits.change(
                        organizationId,
                        Answers.storable(id, PlanLimitController::noLimit),
                        body::changed,
                        RequestActor.of(request)))));
    }

    @Delete("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, @PathVariable String id) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.CATALOG_WRITE);
        if (!limits.delete(
                organizationId, Answers.storable(id, PlanLimitController::noLimit), RequestActor.of(request))) {
            throw noLimit();
        }
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("message", "Plan limit deleted successfully")
                        .put("limit_id", id));
    }

    private PlanLimitBody body(HttpRequest<byte[]> request) {
        return new PlanLimitBody(JsonBody.businessObject(request, PlanLimitBody.INVALID), targets);
    }

    private static StoredPlanLimit saved(PlanLimitOutcome outcome) {
        return switch (outcome) {
            case PlanLimitOutcome.Saved saved -> saved.limit();
            case PlanLimitOutcome.Taken taken ->
                throw Problem.of(
                        ErrorCode.LIMIT_EXISTS,
                        "A limit with this metric_name and limit_period exists for the same plan, customer or default;"
                                + " change that one.");
            case PlanLimitOutcome.NoPlan noPlan ->
                throw Problem.of(ErrorCode.PLAN_NOT_FOUND, "There is no plan '" + noPlan.planRef() + "'.")
                        .withDetails(Map.of("field", "plan_id", "error_type", "not_found"));
            case PlanLimitOutcome.Absent absent -> throw noLimit();
        };
    }

    private static Problem noLimit() {
        return Problem.of(ErrorCode.NOT_FOUND, "Plan limit not found");
    }
}
