package io.tollgate.control.tenant.http;

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
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.contract.access.Reach;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.organization.Organization;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.tenant.LinkedTenant;
import io.tollgate.control.tenant.Tenant;
import io.tollgate.control.tenant.TenantCreation;
import io.tollgate.control.tenant.TenantPage;
import io.tollgate.control.tenant.TenantQuery;
import io.tollgate.control.tenant.TenantStatus;
import io.tollgate.control.tenant.TenantSummary;
import io.tollgate.control.tenant.TenantUpdate;
import io.tollgate.control.tenant.TenantUsage;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import io.tollgate.http.ToldOrganization;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/// Tenants, each route with the organization in its path and without.
@Controller("/api/v1")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class TenantController {
    private static final int LIMIT = 50;
    private static final int LIMIT_MAX = 100;
    private static final String INVALID = "Invalid request data";
    private static final String INVALID_LINK = "Invalid request";

    private final Tenants tenants;
    private final TenantUsage usage;
    private final Organizations organizations;
    private final InstantSource clock;

    public TenantController(Tenants tenants, TenantUsage usage, Organizations organizations, InstantSource clock) {
        this.tenants = tenants;
        this.usage = usage;
        this.organizations = organizations;
        this.clock = clock;
    }

    @Post("/businesses/{bid}/customers")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> createIn(HttpRequest<byte[]> request) {
        return create(request);
    }

    @Post("/customers")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> create(HttpRequest<byte[]> request) {
        authenticated(request);
        TenantBody body = new TenantBody(JsonBody.of(request, INVALID));
        OrganizationId organizationId = Authority.managed(
                Answers.principal(request),
                ToldOrganization.of(request, body.organizationId()),
                Permission.CUSTOMERS_WRITE);
        return switch (tenants.create(RequestActor.of(request), organizationId, body.draft())) {
            case TenantCreation.Created created -> Answers.json(HttpStatus.CREATED, TenantView.created(created));
            case TenantCreation.AlreadyExists exists ->
                throw Problem.of(ErrorCode.ALREADY_EXISTS, "Customer already exists");
            case TenantCreation.NoOrganization nowhere -> throw ToldOrganization.none();
        };
    }

    @Get("/businesses/{bid}/customers")
    HttpResponse<byte[]> listIn(HttpRequest<?> request) {
        return list(request);
    }

    @Get("/customers")
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        Organization organization = organization(request);
        TenantPage page = tenants.list(new TenantQuery(
                organization.id(),
                ListParameters.filter(request, "search", TenantId.MAX_LENGTH),
                ListParameters.text(request, "status").map(TenantController::status),
                ListParameters.cursor(request),
                ListParameters.paged(request)
                        ? Optional.of(ListParameters.limit(request, LIMIT, LIMIT_MAX))
                        : Optional.empty()));
        Map<TenantId, Long> events = usage.events(
                organization.id(), page.tenants().stream().map(Tenant::id).toList());
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("customers");
        page.tenants().forEach(tenant -> list.add(TenantView.listed(tenant, events.getOrDefault(tenant.id(), 0L))));
        body.put("count", page.tenants().size());
        body.put("next_cursor", page.next().map(TimeCursor::toText).orElse(null));
        return Answers.json(HttpStatus.OK, body);
    }

    @Get("/businesses/{bid}/customers/summary")
    HttpResponse<byte[]> summaryIn(HttpRequest<?> request) {
        return summary(request);
    }

    @Get("/customers/summary")
    HttpResponse<byte[]> summary(HttpRequest<?> request) {
        Organization organization = organization(request);
        TenantSummary summary = tenants.summary(organization.id(), monthStart(organization.timeZone()));
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("total", summary.total())
                        .put("active", summary.active())
                        .put("suspended", summary.suspended())
                        .put("deleted", summary.deleted())
                        .put("new_this_month", summary.newThisMonth()));
    }

    @Get("/businesses/{bid}/customers/{cid}")
    HttpResponse<byte[]> showIn(HttpRequest<?> request, String cid) {
        return show(request, cid);
    }

    @Get("/customers/{cid}")
    HttpResponse<byte[]> show(HttpRequest<?> request, String cid) {
        Reach reach = Authority.managedReach(
                Answers.principal(request), NamedTenant.organization(tenants, request, cid), Permission.CUSTOMERS_READ);
        TenantId id = NamedTenant.id(cid);
        if (!reach.covers(id)) {
            throw Problem.of(ErrorCode.FORBIDDEN, "Customers can only read their own record");
        }
        Tenant tenant = tenants.find(reach.organizationId(), id).orElseThrow(NamedTenant::none);
        Instant now = clock.instant();
        return Answers.json(
                HttpStatus.OK,
                TenantView.shown(
                        tenant,
                        tenants.effectivePlan(tenant, now),
                        usage.total(reach.organizationId(), id),
                        usage.month(reach.organizationId(), id, now)));
    }

    @Put("/businesses/{bid}/customers/{cid}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> updateIn(HttpRequest<byte[]> request, String cid) {
        return update(request, cid);
    }

    @Put("/customers/{cid}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> update(HttpRequest<byte[]> request, String cid) {
        OrganizationId organizationId = writable(request, cid);
        TenantBody body = new TenantBody(JsonBody.of(request, INVALID));
        return Answers.json(
                HttpStatus.OK,
                TenantView.updated(required(
                        tenants.update(RequestActor.of(request), organizationId, NamedTenant.id(cid), body.change()))));
    }

    @Patch("/businesses/{bid}/customers/{cid}/status")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> changeStatusIn(HttpRequest<byte[]> request, String cid) {
        return changeStatus(request, cid);
    }

    @Patch("/customers/{cid}/status")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> changeStatus(HttpRequest<byte[]> request, String cid) {
        OrganizationId organizationId = writable(request, cid);
        TenantStatus status = new TenantBody(JsonBody.of(request, INVALID)).status();
        return status(
                required(tenants.changeStatus(RequestActor.of(request), organizationId, NamedTenant.id(cid), status)));
    }

    @Delete("/businesses/{bid}/customers/{cid}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> deleteIn(HttpRequest<?> request, String cid) {
        return delete(request, cid);
    }

    @Delete("/customers/{cid}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, String cid) {
        OrganizationId organizationId = writable(request, cid);
        if (!tenants.delete(RequestActor.of(request), organizationId, NamedTenant.id(cid))) {
            throw NamedTenant.none();
        }
        return HttpResponse.ok("Customer deleted".getBytes(StandardCharsets.US_ASCII))
                .contentType(MediaType.TEXT_PLAIN_TYPE);
    }

    @Post("/businesses/{bid}/customers/{cid}/restore")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> restoreIn(HttpRequest<?> request, String cid) {
        return restore(request, cid);
    }

    @Post("/customers/{cid}/restore")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> restore(HttpRequest<?> request, String cid) {
        OrganizationId organizationId = writable(request, cid);
        return status(required(tenants.restore(RequestActor.of(request), organizationId, NamedTenant.id(cid))));
    }

    @Post("/businesses/{bid}/customers/get-or-create")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> getOrCreate(HttpRequest<byte[]> request) {
        OrganizationId organizationId =
                Authority.managed(Answers.principal(request), ToldOrganization.of(request), Permission.CUSTOMERS_WRITE);
        TenantBody body = new TenantBody(JsonBody.of(request, INVALID_LINK, INVALID_LINK));
        LinkedTenant linked = tenants.getOrCreate(
                        RequestActor.of(request), organizationId, body.userId(), body.userEmail())
                .orElseThrow(ToldOrganization::none);
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("customer_id", linked.id().value())
                .put(linked.made() ? "created_new" : "already_linked", true);
        return Answers.json(linked.made() ? HttpStatus.CREATED : HttpStatus.OK, answer);
    }

    @Post("/businesses/{bid}/customers/{cid}/link-user")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> linkUserIn(HttpRequest<byte[]> request, String cid) {
        return linkUser(request, cid);
    }

    @Post("/customers/{cid}/link-user")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> linkUser(HttpRequest<byte[]> request, String cid) {
        OrganizationId organizationId = writable(request, cid);
        String userId = new TenantBody(JsonBody.of(request, INVALID_LINK, INVALID_LINK)).userId();
        return linked(request, organizationId, cid, Optional.of(userId), "User linked to customer");
    }

    @Post("/businesses/{bid}/customers/{cid}/unlink-user")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> unlinkUserIn(HttpRequest<?> request, String cid) {
        return unlinkUser(request, cid);
    }

    @Post("/customers/{cid}/unlink-user")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> unlinkUser(HttpRequest<?> request, String cid) {
        return linked(request, writable(request, cid), cid, Optional.empty(), "User unlinked from customer");
    }

    private HttpResponse<byte[]> linked(
            HttpRequest<?> request,
            OrganizationId organizationId,
            String cid,
            Optional<String> userId,
            String message) {
        if (!tenants.link(RequestActor.of(request), organizationId, NamedTenant.id(cid), userId)) {
            throw NamedTenant.none();
        }
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance.objectNode().put("success", true).put("message", message));
    }

    private static Tenant required(TenantUpdate update) {
        return switch (update) {
            case TenantUpdate.Updated updated -> updated.tenant();
            case TenantUpdate.NoTenant none -> throw NamedTenant.none();
            case TenantUpdate.NoPlan plan ->
                throw Problem.of(ErrorCode.PLAN_NOT_FOUND, "There is no plan '" + plan.planRef() + "'.");
            case TenantUpdate.NotDeleted active ->
                throw Problem.of(ErrorCode.INVALID_STATE, "The customer is not deleted.");
        };
    }

    private static HttpResponse<byte[]> status(Tenant tenant) {
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("customer_id", tenant.id().value())
                        .put("status", tenant.status().name()));
    }

    private static TenantStatus status(String word) {
        return Arrays.stream(TenantStatus.values())
                .filter(status -> status.name().equals(word))
                .findFirst()
                .orElseThrow(() -> ListParameters.invalid("status", "must be ACTIVE, SUSPENDED or DELETED"));
    }

    private OrganizationId writable(HttpRequest<?> request, String cid) {
        return Authority.managed(
                Answers.principal(request),
                NamedTenant.organization(tenants, request, cid),
                Permission.CUSTOMERS_WRITE);
    }

    private Organization organization(HttpRequest<?> request) {
        OrganizationId id =
                Authority.managed(Answers.principal(request), ToldOrganization.of(request), Permission.CUSTOMERS_READ);
        return organizations.find(id).orElseThrow(ToldOrganization::none);
    }

    private Instant monthStart(ZoneId zone) {
        return clock.instant()
                .atZone(zone)
                .toLocalDate()
                .withDayOfMonth(1)
                .atStartOfDay(zone)
                .toInstant();
    }

    private static void authenticated(HttpRequest<?> request) {
        if (Answers.principal(request) instanceof Principal.Nobody nobody) {
            throw Problem.of(ErrorCode.UNAUTHENTICATED, nobody.why());
        }
    }
}
