package io.tollgate.control.quota.http;

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
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Reach;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.organization.Organization;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.quota.QuotaCreation;
import io.tollgate.control.quota.QuotaCursor;
import io.tollgate.control.quota.QuotaPage;
import io.tollgate.control.quota.QuotaQuery;
import io.tollgate.control.quota.QuotaUsage;
import io.tollgate.control.quota.QuotaUsage.Usage;
import io.tollgate.control.quota.Quotas;
import io.tollgate.control.quota.StoredQuota;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// Quotas, under `/api/v1/quotas`.
@Controller("/api/v1/quotas")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class QuotaController {
    private static final int LIMIT = 50;
    private static final int LIMIT_MAX = 100;

    /// Longest value of a filter in characters: that of the names it can match.
    private static final int FILTER_LENGTH_MAX = 100;

    private static final String INVALID = "Invalid request body";

    private final Quotas quotas;
    private final QuotaUsage usage;
    private final Organizations organizations;
    private final InstantSource clock;

    public QuotaController(Quotas quotas, QuotaUsage usage, Organizations organizations, InstantSource clock) {
        this.quotas = quotas;
        this.usage = usage;
        this.organizations = organizations;
        this.clock = clock;
    }

    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.CATALOG_WRITE);
        QuotaBody.Draft draft =
                new QuotaBody(JsonBody.object(request, INVALID, INVALID), clock.instant()).draft(organizationId);
        return switch (quotas.create(draft.target(), draft.terms())) {
            case QuotaCreation.Created created -> Answers.json(HttpStatus.CREATED, view(created.quota()));
            case QuotaCreation.AlreadyExists exists ->
                throw Problem.of(
                        ErrorCode.ALREADY_EXISTS,
                        draft.target()
                                .tenantId()
                                .map(tenantId -> "The tenant '" + tenantId + "' has a quota on '"
                                        + draft.target().meter() + "'; change that one.")
                                .orElse("The organization has a default quota on '"
                                        + draft.target().meter() + "'; change that one."));
            case QuotaCreation.NoOrganization nowhere -> throw noOrganization();
        };
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        Reach reach = Authority.reach(Answers.principal(request), Permission.USAGE_READ);
        QuotaPage page = quotas.list(new QuotaQuery(
                reach.organizationId(),
                tenant(request, reach),
                filter(request, "event_type"),
                limit(request),
                cursor(request)));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("quotas");
        list.addAll(views(reach.organizationId(), page.quotas()));
        body.put("next_cursor", page.next().map(QuotaCursor::toText).orElse(null));
        return Answers.json(HttpStatus.OK, body);
    }

    // Ids have these characters only, so that routes beside this one are not taken for ids.
    @Get("/{id:[0-9a-f-]+}")
    HttpResponse<byte[]> show(HttpRequest<?> request, String id) {
        Reach reach = Authority.reach(Answers.principal(request), Permission.USAGE_READ);
        StoredQuota quota = quotas.find(reach.organizationId(), id)
                .filter(found -> found.target()
                        .tenantId()
                        .map(reach::covers)
                        .orElse(reach.onlyTenant().isEmpty()))
                .orElseThrow(QuotaController::noQuota);
        return Answers.json(HttpStatus.OK, view(quota));
    }

    @Put("/{id:[0-9a-f-]+}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> change(HttpRequest<byte[]> request, String id) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.CATALOG_WRITE);
        QuotaBody body = new QuotaBody(JsonBody.object(request, INVALID, INVALID), clock.instant());
        return Answers.json(
                HttpStatus.OK,
                view(quotas.change(organizationId, id, body::changed).orElseThrow(QuotaController::noQuota)));
    }

    @Delete("/{id:[0-9a-f-]+}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, String id) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.CATALOG_WRITE);
        if (!quotas.delete(organizationId, id)) {
            throw noQuota();
        }
        return Answers.json(HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("success", true));
    }

    /// A tenant's key sees the tenant's own quotas, whatever it asks for.
    private static Optional<String> tenant(HttpRequest<?> request, Reach reach) {
        return reach.onlyTenant().map(TenantId::value).or(() -> filter(request, "tenant_id"));
    }

    private ObjectNode view(StoredQuota quota) {
        return views(quota.target().organizationId(), List.of(quota)).getFirst();
    }

    private List<ObjectNode> views(OrganizationId organizationId, List<StoredQuota> shown) {
        ZoneId zone = organizations
                .find(organizationId)
                .map(Organization::timeZone)
                .orElseThrow(QuotaController::noOrganization);
        List<QuotaUsage.Asked> asked = shown.stream()
                .map(StoredQuota::target)
                .flatMap(target ->
                        target.tenantId().map(tenantId -> new QuotaUsage.Asked(tenantId, target.meter())).stream())
                .toList();
        // A default stands for many tenants; nobody is asked for it.
        Deque<Optional<Usage>> answers =
                new ArrayDeque<>(asked.isEmpty() ? List.of() : usage.usage(organizationId, asked));
        Instant now = clock.instant();
        return shown.stream()
                .map(quota -> QuotaView.toJson(
                        quota, now, zone, quota.target().tenantId().isPresent() ? answers.remove() : Optional.empty()))
                .toList();
    }

    private static Optional<String> filter(HttpRequest<?> request, String parameter) {
        Optional<String> value = query(request, parameter);
        if (value.filter(text -> text.length() > FILTER_LENGTH_MAX || text.indexOf('\0') >= 0)
                .isPresent()) {
            throw invalid(parameter, "must have 1 to " + FILTER_LENGTH_MAX + " characters");
        }
        return value;
    }

    private static int limit(HttpRequest<?> request) {
        Optional<String> text = query(request, "limit");
        if (text.filter(value -> !value.matches("0*[1-9][0-9]*")).isPresent()) {
            throw invalid("limit", "must be a whole number of at least 1");
        }
        // More digits than the maximum has are more than the maximum.
        return text.map(value -> value.replaceFirst("^0+", ""))
                .map(digits -> digits.length() > Integer.toString(LIMIT_MAX).length()
                        ? LIMIT_MAX
                        : Math.min(Integer.parseInt(digits), LIMIT_MAX))
                .orElse(LIMIT);
    }

    private static Optional<QuotaCursor> cursor(HttpRequest<?> request) {
        try {
            return query(request, "cursor").map(QuotaCursor::fromText);
        } catch (IllegalArgumentException e) {
            throw invalid("cursor", "must be a next_cursor of this list");
        }
    }

    private static Optional<String> query(HttpRequest<?> request, String parameter) {
        return request.getParameters().getFirst(parameter).filter(value -> !value.isEmpty());
    }

    private static Problem invalid(String parameter, String message) {
        return Problem.invalid(
                ErrorCode.VALIDATION_FAILED, List.of(new Problem.FieldError(parameter, "INVALID_VALUE", message)));
    }

    private static Problem noQuota() {
        return Problem.of(ErrorCode.NOT_FOUND, "Quota not found");
    }

    private static Problem noOrganization() {
        return Problem.of(ErrorCode.NOT_FOUND, "Organization not found");
    }
}
