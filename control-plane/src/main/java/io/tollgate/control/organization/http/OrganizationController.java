package io.tollgate.control.organization.http;

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
import io.micronaut.http.annotation.Patch;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.control.organization.Organization;
import io.tollgate.control.organization.OrganizationSettings;
import io.tollgate.control.organization.Organizations;
import io.tollgate.http.Answers;
import io.tollgate.http.JsonBody;
import io.tollgate.http.RequestActor;
import io.tollgate.http.ToldOrganization;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.util.EnumSet;

/// The caller's own organization with its settings, at `/api/v1/organization`.
@Controller("/api/v1/organization")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class OrganizationController {
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);
    private static final String INVALID = "Invalid request body";

    private final Organizations organizations;

    public OrganizationController(Organizations organizations) {
        this.organizations = organizations;
    }

    @Get
    HttpResponse<byte[]> show(HttpRequest<?> request) {
        OrganizationId id =
                Authority.managed(Answers.principal(request), ToldOrganization.of(request), Permission.USAGE_READ);
        return Answers.json(HttpStatus.OK, view(organizations.find(id).orElseThrow(ToldOrganization::none)));
    }

    /// Settings decide about money and about everybody's limits: a key that holds less than everything does not change
    /// them.
    @Patch
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> change(HttpRequest<byte[]> request) {
        Principal principal = Answers.principal(request);
        OrganizationId id = Authority.managed(principal, ToldOrganization.of(request), Permission.BILLING_WRITE);
        Authority.grant(principal, EnumSet.allOf(Permission.class));
        OrganizationBody body = new OrganizationBody(JsonBody.of(request, INVALID, INVALID));
        return Answers.json(
                HttpStatus.OK,
                view(organizations
                        .update(RequestActor.of(request), id, body.change())
                        .orElseThrow(ToldOrganization::none)));
    }

    private static ObjectNode view(Organization organization) {
        OrganizationSettings settings = organization.settings();
        return NODES.objectNode()
                .put("business_id", organization.id().value())
                .put("business_name", organization.name())
                .put("email", organization.email())
                .put("time_zone", organization.timeZone().getId())
                .put("currency", organization.currency().getCurrencyCode())
                .put("mode", organization.mode().word())
                .put("tax_rate", new BigDecimal(Quantity.plain(settings.taxRate())))
                .put("payment_terms_days", settings.paymentTermsDays())
                .put("auto_invoice", settings.autoInvoice())
                .put("adjustment_mode", settings.adjustmentMode())
                .put("expired_without_free_plan", settings.expiredWithoutFreePlan())
                .put("plan_type", organization.planType())
                .put("subscription_status", organization.subscriptionStatus())
                .put("created_at", organization.createdAt().toString());
    }
}
