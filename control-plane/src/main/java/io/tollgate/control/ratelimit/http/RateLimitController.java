package io.tollgate.control.ratelimit.http;

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
import io.tollgate.control.ratelimit.RateLimitOutcome;
import io.tollgate.control.ratelimit.RateLimitTerms;
import io.tollgate.control.ratelimit.RateLimits;
import io.tollgate.control.ratelimit.StoredRateLimit;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.ListPage;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import io.tollgate.metering.ratelimit.RouteKind;
import java.util.List;

/// Rate limits, under `/api/v1/rate-limits`.
@Controller("/api/v1/rate-limits")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class RateLimitController {
    private static final int LIMIT = 50;
    private static final int LIMIT_MAX = 100;
    private static final String INVALID = "Invalid request body";

    private final RateLimits limits;

    public RateLimitController(RateLimits limits) {
        this.limits = limits;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        OrganizationId organizationId = organization(request, Permission.CATALOG_WRITE);
        RateLimitTerms terms = body(request).draft();
        return Answers.json(
                HttpStatus.CREATED, view(saved(limits.create(organizationId, terms, RequestActor.of(request)))));
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        OrganizationId organizationId = organization(request, Permission.USAGE_READ);
        int limit = ListParameters.limit(request, LIMIT, LIMIT_MAX);
        List<StoredRateLimit> found = limits.list(organizationId, limit + 1, ListParameters.cursor(request));
        ListPage<StoredRateLimit> page = ListPage.of(found, limit, one -> new TimeCursor(one.createdAt(), one.id()));
        return Answers.json(HttpStatus.OK, page.toJson("rate_limits", RateLimitController::view));
    }

    @Get("/{id}")
    HttpResponse<byte[]> show(HttpRequest<?> request, @PathVariable String id) {
        return Answers.json(
                HttpStatus.OK,
                view(limits.find(
                                organization(request, Permission.USAGE_READ),
                                Answers.storable(id, RateLimitController::noLimit))
                        .orElseThrow(RateLimitController::noLimit)));
    }

    @Put("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> change(HttpRequest<byte[]> request, @PathVariable String id) {
        OrganizationId organizationId = organization(request, Permission.CATALOG_WRITE);
        RateLimitBody body = body(request);
        return Answers.json(
                HttpStatus.OK,
                view(saved(limits.change(
                        organizationId,
                        Answers.storable(id, RateLimitController::noLimit),
                        body::changed,
                        RequestActor.of(request)))));
    }

    @Delete("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, @PathVariable String id) {
        if (!limits.delete(
                organization(request, Permission.CATALOG_WRITE),
                Answers.storable(id, RateLimitController::noLimit),
                RequestActor.of(request))) {
            throw noLimit();
        }
        return Answers.json(HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("success", true));
    }

    private static OrganizationId organization(HttpRequest<?> request, Permission permission) {
        return Authority.organization(Answers.principal(request), permission);
    }

    private static RateLimitBody body(HttpRequest<byte[]> request) {
        return new RateLimitBody(JsonBody.object(request, INVALID, INVALID));
    }

    private static StoredRateLimit saved(RateLimitOutcome outcome) {
        return switch (outcome) {
            case RateLimitOutcome.Saved saved -> saved.limit();
            case RateLimitOutcome.Taken taken ->
                throw Problem.of(
                        ErrorCode.ALREADY_EXISTS, "The organization, or the key, has a rate limit; change that one.");
            case RateLimitOutcome.NoKey noKey ->
                throw Problem.invalid(
                        ErrorCode.VALIDATION_FAILED,
                        List.of(new Problem.FieldError("api_key_id", "NOT_FOUND", "must be the id of a valid key")));
            case RateLimitOutcome.Absent absent -> throw noLimit();
        };
    }

    private static ObjectNode view(StoredRateLimit limit) {
        RateLimitTerms terms = limit.terms();
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("id", limit.id())
                .put("organization_id", limit.organizationId().value())
                .put("api_key_id", terms.keyId().orElse(null))
                .put("requests_per_second", terms.perSecond().orElse(null))
                .put("requests_per_minute", terms.perMinute().orElse(null))
                .put("requests_per_hour", terms.perHour().orElse(null))
                .put("burst_limit", terms.burst().orElse(null));
        ArrayNode appliesTo = body.putArray("applies_to");
        terms.appliesTo().stream().sorted().map(RouteKind::word).forEach(appliesTo::add);
        return body.put("created_at", limit.createdAt().toString())
                .put("updated_at", limit.updatedAt().toString());
    }

    private static Problem noLimit() {
        return Problem.of(ErrorCode.NOT_FOUND, "Rate limit not found");
    }
}
