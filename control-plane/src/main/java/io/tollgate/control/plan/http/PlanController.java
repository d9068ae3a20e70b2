package io.tollgate.control.plan.http;

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
import io.tollgate.control.plan.PlanDeletion;
import io.tollgate.control.plan.PlanLimitQuery;
import io.tollgate.control.plan.PlanLimits;
import io.tollgate.control.plan.PlanOutcome;
import io.tollgate.control.plan.Plans;
import io.tollgate.control.plan.StoredPlan;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.ListPage;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Plans, under `/api/v1/plans`.
@Controller("/api/v1/plans")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class PlanController {
    private static final int LIMIT_MAX = 1_000;

    private final Plans plans;
    private final PlanLimits limits;

    public PlanController(Plans plans, PlanLimits limits) {
        this.plans = plans;
        this.limits = limits;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.CATALOG_WRITE);
        PlanBody.Draft draft = new PlanBody(JsonBody.businessObject(request, PlanBody.INVALID)).draft();
        StoredPlan plan = saved(plans.create(organizationId, draft.id(), draft.terms(), RequestActor.of(request)));
        return Answers.json(
                HttpStatus.CREATED,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("status", "created")
                        .put("id", plan.id())
                        .put("plan_name", plan.name())
                        .put("stripe_price_id", plan.stripePriceId().orElse(null)));
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.USAGE_READ);
        Optional<Integer> limit = ListParameters.paged(request)
                ? Optional.of(ListParameters.limit(request, LIMIT_MAX, LIMIT_MAX))
                : Optional.empty();
        List<StoredPlan> found =
                plans.list(organizationId, limit.map(most -> most + 1), ListParameters.cursor(request));
        ListPage<StoredPlan> page = ListPage.of(
                found, limit.orElse(Integer.MAX_VALUE), plan -> new TimeCursor(plan.createdAt(), plan.id()));
        return Answers.json(HttpStatus.OK, page.toCountedJson("plans", PlanController::view));
    }

    @Get("/{id}")
    HttpResponse<byte[]> show(HttpRequest<?> request, @PathVariable String id) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.USAGE_READ);
        return Answers.json(
                HttpStatus.OK,
                withLimits(plans.find(organizationId, Answers.storable(id, PlanController::noPlan))
                        .orElseThrow(PlanController::noPlan)));
    }

    @Put("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> change(HttpRequest<byte[]> request, @PathVariable String id) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.CATALOG_WRITE);
        PlanBody body = new PlanBody(JsonBody.businessObject(request, PlanBody.INVALID));
        return Answers.json(
                HttpStatus.OK,
                withLimits(saved(plans.change(
                        organizationId,
                        Answers.storable(id, PlanController::noPlan),
                        body::changed,
                        RequestActor.of(request)))));
    }

    @Delete("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, @PathVariable String id) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.CATALOG_WRITE);
        return switch (plans.delete(
                organizationId, Answers.storable(id, PlanController::noPlan), RequestActor.of(request))) {
            case PlanDeletion.Deleted deleted ->
                Answers.json(
                        HttpStatus.OK,
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("status", "deleted")
                                .put("plan_id", id));
            case PlanDeletion.InUse inUse ->
                throw Problem.of(
                                ErrorCode.PLAN_IN_USE,
                                inUse.tenants() + " customers are on the plan; move them to another one first.")
                        .withDetails(Map.of("customers", inUse.tenants()));
            case PlanDeletion.Absent absent -> throw noPlan();
        };
    }

    private static StoredPlan saved(PlanOutcome outcome) {
        return switch (outcome) {
            case PlanOutcome.Saved saved -> saved.plan();
            case PlanOutcome.Taken taken -> throw taken(taken.what());
            case PlanOutcome.Absent absent -> throw noPlan();
        };
    }

    private static Problem taken(PlanOutcome.Unique what) {
        return switch (what) {
            case FREE ->
                Problem.of(
                        ErrorCode.FREE_PLAN_EXISTS,
                        "The organization has a plan without a stripe_price_id; only one may be without.");
            case ID -> Problem.of(ErrorCode.ALREADY_EXISTS, "A plan with this id exists.");
            case NAME -> Problem.of(ErrorCode.ALREADY_EXISTS, "A plan with this plan_name exists.");
            case PRICE -> Problem.of(ErrorCode.ALREADY_EXISTS, "A plan with this stripe_price_id exists.");
        };
    }

    private ObjectNode withLimits(StoredPlan plan) {
        ObjectNode body = view(plan);
        ArrayNode list = body.putArray("plan_limits");
        limits.list(new PlanLimitQuery(
                        plan.organizationId(),
                        Optional.of(plan.id()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()))
                .forEach(limit -> list.add(PlanLimitView.toJson(limit)));
        return body;
    }

    private static ObjectNode view(StoredPlan plan) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", plan.id())
                .put("plan_name", plan.name())
                .put("stripe_price_id", plan.stripePriceId().orElse(null))
                .put("machines", plan.machines())
                .put("docker_image", plan.dockerImage().orElse(null))
                .put("created_at", plan.createdAt().toString())
                .put("updated_at", plan.updatedAt().toString());
    }

    private static Problem noPlan() {
        return Problem.of(ErrorCode.NOT_FOUND, "Plan not found");
    }
}
