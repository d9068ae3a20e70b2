package io.tollgate.control.machine.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.machine.MachineOrder;
import io.tollgate.control.machine.MachineWorker;
import io.tollgate.control.machine.Machines;
import io.tollgate.control.machine.Queueing;
import io.tollgate.control.organization.Mode;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.tenant.TenantCreation;
import io.tollgate.control.tenant.TenantDraft;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.control.tenant.http.NamedTenant;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.RequestActor;
import io.tollgate.http.ToldOrganization;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Lets the operator try out that machines are made and ended.
@Controller("/admin")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class MachineTestController {
    private static final String INVALID = "Invalid request data";

    /// A small page that Fly.io publishes for such a purpose.
    private static final String IMAGE = "flyio/hellofly:latest";

    /// Machines cost money: a forgotten test ends by itself.
    private static final Duration TEST_LASTS = Duration.ofHours(1);

    private final Machines machines;
    private final MachineWorker worker;
    private final Organizations organizations;
    private final Tenants tenants;
    private final InstantSource clock;

    MachineTestController(
            Machines machines,
            MachineWorker worker,
            Organizations organizations,
            Tenants tenants,
            InstantSource clock) {
        this.machines = machines;
        this.worker = worker;
        this.organizations = organizations;
        this.tenants = tenants;
        this.clock = clock;
    }

    @Post("/provision/test")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> provision(HttpRequest<byte[]> request) {
        Authority.operator(Answers.principal(request));
        JsonBody body = JsonBody.ofOptional(request, INVALID);
        UUID test = UUID.randomUUID();
        TenantId tenantId =
                body.optional("customer_id", TenantId::new).orElseGet(() -> new TenantId("machine-test-" + test));
        Actor actor = RequestActor.of(request);
        OrganizationId organizationId =
                told(request, body).or(() -> soleOwner(tenantId)).orElseGet(() -> testOrganization(actor));
        requireTenant(actor, organizationId, tenantId);
        MachineOrder order = new MachineOrder(
                "test:" + test,
                organizationId,
                tenantId,
                IMAGE,
                Optional.of(clock.instant().plus(TEST_LASTS)));
        return switch (machines.provision(actor, order)) {
            case Queueing.Queued queued -> queued(tenantId);
            case Queueing.NoTenant none -> throw NamedTenant.none();
            case Queueing.TooMany many ->
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "A customer has at most " + Machines.PER_TENANT_MAX + " machines, those that wait included.");
        };
    }

    @Post("/terminate/test")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> terminate(HttpRequest<byte[]> request) {
        Authority.operator(Answers.principal(request));
        JsonBody body = JsonBody.of(request, INVALID);
        TenantId tenantId = body.required("customer_id", TenantId::new);
        OrganizationId organizationId = told(request, body).orElseGet(() -> owner(tenantId));
        if (machines.terminateAll(RequestActor.of(request), organizationId, tenantId) == 0) {
            throw MachineController.none();
        }
        return queued(tenantId);
    }

    @Post("/force-provision")
    @Consumes(MediaType.ALL)
    HttpResponse<String> poll(HttpRequest<?> request) {
        Authority.operator(Answers.principal(request));
        worker.trigger();
        return HttpResponse.ok("Polling triggered").contentType(MediaType.TEXT_PLAIN_TYPE);
    }

    private static Optional<OrganizationId> told(HttpRequest<?> request, JsonBody body) {
        return ToldOrganization.of(request, body.optional("business_id", OrganizationId::new));
    }

    private Optional<OrganizationId> soleOwner(TenantId tenantId) {
        List<OrganizationId> owners = tenants.organizationsOf(tenantId);
        if (owners.size() > 1) {
            throw Problem.of(
                    ErrorCode.ORGANIZATION_REQUIRED,
                    "Several organizations have a customer of this id: name one as business_id.");
        }
        return owners.stream().findFirst();
    }

    private OrganizationId owner(TenantId tenantId) {
        return soleOwner(tenantId).orElseThrow(NamedTenant::none);
    }

    private OrganizationId testOrganization(Actor actor) {
        return organizations
                .create(
                        actor,
                        new OrganizationDraft(
                                "Machine test",
                                "machine-test@localhost",
                                ZoneOffset.UTC,
                                Currency.getInstance("USD"),
                                Mode.TEST))
                .id();
    }

    private void requireTenant(Actor actor, OrganizationId organizationId, TenantId tenantId) {
        TenantDraft draft = new TenantDraft(
                tenantId,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        switch (tenants.create(actor, organizationId, draft)) {
            case TenantCreation.Created created -> {}
            case TenantCreation.AlreadyExists exists -> {}
            case TenantCreation.NoOrganization nowhere -> throw ToldOrganization.none();
        }
    }

    private static HttpResponse<byte[]> queued(TenantId tenantId) {
        return Answers.json(
                HttpStatus.OK,
                JsonNodeFactory.instance.objectNode().put("status", "queued").put("customer_id", tenantId.value()));
    }
}
