package io.tollgate.control.price.http;

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
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.price.PriceModels;
import io.tollgate.control.tenant.Tenant;
import io.tollgate.control.tenant.Tenants;
import io.tollgate.http.Answers;
import io.tollgate.http.BodyFields;
import io.tollgate.http.CurrencyCode;
import io.tollgate.http.JsonBody;
import io.tollgate.metering.limit.Plan;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.rating.Charge;
import io.tollgate.metering.rating.ChargePart;
import io.tollgate.metering.rating.PriceList;
import io.tollgate.metering.rating.PriceModel;
import io.tollgate.metering.rating.PriceVersion;
import io.tollgate.metering.rating.Rating;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Currency;
import java.util.Optional;

/// `POST /api/v1/prices/calculate`: what a quantity would cost in one period, by a price model in force or by one that
/// the request brings. Stores nothing.
@Controller("/api/v1/prices")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class PriceCalculationController {
    private final PriceModels prices;
    private final Tenants tenants;
    private final Organizations organizations;
    private final InstantSource clock;

    public PriceCalculationController(
            PriceModels prices, Tenants tenants, Organizations organizations, InstantSource clock) {
        this.prices = prices;
        this.tenants = tenants;
        this.organizations = organizations;
        this.clock = clock;
    }

    /// A model and in what it is paid.
    private record Priced(PriceModel model, Currency currency, Optional<PriceVersion> version) {}

    @Post("/calculate")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> calculate(HttpRequest<byte[]> request) {
        OrganizationId organizationId = Authority.organization(Answers.principal(request), Permission.USAGE_READ);
        JsonNode object = JsonBody.object(request, PriceModelController.INVALID, PriceModelController.INVALID);
        BodyFields fields = new BodyFields(object);
        fields.require("quantity");
        Quantity quantity = fields.quantity("quantity").orElse(Quantity.rounded(BigDecimal.ZERO));
        Priced priced =
                fields.node("model").isObject() ? brought(organizationId, fields) : inForce(organizationId, fields);
        return Answers.json(HttpStatus.OK, view(priced, Rating.rate(priced.model(), quantity.value()), quantity));
    }

    private Priced brought(OrganizationId organizationId, BodyFields fields) {
        Optional<Currency> currency = new BodyFields(fields.node("model")).text(CurrencyCode::read, "currency");
        fields.requireRight();
        return new Priced(
                new PriceBody(fields.node("model")).model(),
                currency.orElseGet(() -> organizations
                        .find(organizationId)
                        .orElseThrow(PriceCalculationController::noOrganization)
                        .currency()),
                Optional.empty());
    }

    private Priced inForce(OrganizationId organizationId, BodyFields fields) {
        if (fields.sentWithValue("model")) {
            fields.wrong("model", "INVALID_TYPE", "must be an object");
        } else if (!fields.sentWithValue("event_type")) {
            fields.wrong("event_type", "REQUIRED", "is required, or model");
        }
        Optional<MeterKey> meter = fields.text(MeterKey::new, "event_type");
        Optional<TenantId> tenant = fields.text(TenantId::new, "tenant_id");
        Instant at = fields.time("at").orElseGet(clock::instant);
        fields.requireRight();
        String name = meter.orElseThrow().value();
        PriceList list = prices.pricesOf(organizationId, name);
        PriceVersion version = list.at(buyer(organizationId, tenant), name, at)
                .orElseThrow(() ->
                        Problem.of(ErrorCode.NOT_FOUND, "No price model of '" + name + "' is in force at " + at + "."));
        return new Priced(version.model(), version.currency(), Optional.of(version));
    }

    private PriceList.Buyer buyer(OrganizationId organizationId, Optional<TenantId> tenantId) {
        if (tenantId.isEmpty()) {
            return PriceList.Buyer.ANYBODY;
        }
        Tenant tenant = tenants.find(organizationId, tenantId.get())
                .orElseThrow(() -> Problem.of(ErrorCode.NOT_FOUND, "Customer not found"));
        return new PriceList.Buyer(
                Optional.of(tenant.id().value()),
                tenants.effectivePlan(tenant, clock.instant()).plan().map(Plan::id));
    }

    private static Problem noOrganization() {
        return Problem.of(ErrorCode.NOT_FOUND, "Organization not found");
    }

    private static ObjectNode view(Priced priced, Charge charge, Quantity quantity) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("total", charge.amount(priced.currency()))
                .put("currency", priced.currency().getCurrencyCode())
                .put("quantity", PriceView.plain(quantity.value()))
                .put(
                        "unit_price",
                        PriceView.plain(Charge.shownUnitPrice(charge.amount(priced.currency()), quantity.value())))
                .put("price_model_id", priced.version().map(PriceVersion::id).orElse(null));
        ArrayNode lines = body.putArray("lines");
        charge.parts().forEach(part -> lines.add(line(part)));
        return body;
    }

    private static ObjectNode line(ChargePart part) {
        ObjectNode line = JsonNodeFactory.instance
                .objectNode()
                .put("kind", part.kind().name())
                .put("quantity", PriceView.plain(part.quantity()))
                .put("unit_price", PriceView.plain(part.unitPrice()))
                .put("subtotal", PriceView.plain(part.subtotal()));
        return part.tierLevel() == 0 ? line.putNull("tier_level") : line.put("tier_level", part.tierLevel());
    }
}
