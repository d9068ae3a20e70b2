package io.tollgate.control.price.http;

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
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.audit.Actor;
import io.tollgate.control.audit.http.RequestActor;
import io.tollgate.control.http.Answers;
import io.tollgate.control.http.BodyFields;
import io.tollgate.control.http.JsonBody;
import io.tollgate.control.http.ListParameters;
import io.tollgate.control.price.PriceModels;
import io.tollgate.control.price.PriceOutcome;
import io.tollgate.control.price.PriceQuery;
import io.tollgate.control.price.PriceTerms;
import io.tollgate.control.price.StoredPrice;
import io.tollgate.control.price.TierEdit;
import io.tollgate.metering.rating.PriceModel;
import io.tollgate.metering.rating.PriceScheme;
import io.tollgate.metering.rating.PriceTarget;
import io.tollgate.metering.rating.Tier;
import io.tollgate.metering.rating.Tiers;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// The tiers of the organization's graduated prices one by one, under `/api/v1/price-tiers`. A tier has no end but the
/// start of the next: a list has neither gap nor overlap at any time.
@Controller("/api/v1/price-tiers")
@Requires(property = "tollgate.roles.control", value = "true")
@ExecuteOn(TaskExecutors.VIRTUAL)
public final class PriceTierController {
    private static final int METER_LENGTH_MAX = 100;
    private static final int MODELS_MAX = 1_000;

    private final PriceModels prices;
    private final InstantSource clock;

    public PriceTierController(PriceModels prices, InstantSource clock) {
        this.prices = prices;
        this.clock = clock;
    }

    @Get
    HttpResponse<byte[]> list(HttpRequest<?> request) {
        OrganizationId organizationId = organization(request, Permission.USAGE_READ);
        Optional<Instant> at = ListParameters.from(request, "at");
        List<StoredPrice> found = prices.list(new PriceQuery(
                organizationId,
                ListParameters.filter(request, "event_type", METER_LENGTH_MAX),
                Optional.empty(),
                Optional.empty(),
                at,
                MODELS_MAX,
                Optional.empty()));
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode list = body.putArray("price_tiers");
        for (StoredPrice price : found) {
            tiersOf(price).ifPresent(tiers -> {
                for (int level = 1; level <= tiers.tiers().size(); level++) {
                    list.add(view(price, tiers, level));
                }
            });
        }
        return Answers.json(HttpStatus.OK, body.put("count", list.size()));
    }

    /// Adds the next tier of a meter's price; the one before ends where it begins. The first begins at 0 and makes the
    /// price.
    @Post
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> add(HttpRequest<byte[]> request) {
        OrganizationId organizationId = organization(request, Permission.CATALOG_WRITE);
        BodyFields fields = fields(request);
        fields.require("event_type");
        fields.require("unit_price");
        Optional<MeterKey> meter = fields.text(MeterKey::new, "event_type");
        BigDecimal min = fields.decimal("min_quantity").orElse(BigDecimal.ZERO);
        BigDecimal unitPrice = fields.decimal("unit_price").orElse(BigDecimal.ZERO);
        BigDecimal flatFee = fields.decimal("flat_fee").orElse(BigDecimal.ZERO);
        Optional<Instant> from = fields.time("effective_from");
        if (fields.sentWithValue("max_quantity")) {
            fields.wrong("max_quantity", "INVALID_VALUE", "must be left out: a tier ends where the next one begins");
        }
        fields.requireRight();
        Actor actor = RequestActor.of(request);
        Optional<StoredPrice> priced = running(organizationId, meter.orElseThrow());
        StoredPrice saved = priced.isPresent()
                ? edited(
                        organizationId,
                        priced.get().version().id(),
                        actor,
                        tiers -> TierEdit.append(tiers, min, unitPrice, flatFee))
                : saved(prices.create(
                        organizationId,
                        new PriceTerms(
                                meter.orElseThrow(),
                                new PriceTarget.Organization(),
                                PriceModel.of(new PriceScheme.Graduated(edit(() ->
                                        new Tiers(List.of(new Tier(min, Optional.empty(), unitPrice, flatFee)))))),
                                Optional.empty(),
                                from,
                                Optional.empty()),
                        actor));
        Tiers tiers = tiersOf(saved).orElseThrow(PriceTierController::noTier);
        return Answers.json(HttpStatus.CREATED, view(saved, tiers, tiers.tiers().size()));
    }

    @Put("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> change(HttpRequest<byte[]> request, @PathVariable String id) {
        OrganizationId organizationId = organization(request, Permission.CATALOG_WRITE);
        BodyFields fields = fields(request);
        Optional<BigDecimal> min = fields.decimal("min_quantity");
        Optional<BigDecimal> unitPrice = fields.decimal("unit_price");
        Optional<BigDecimal> flatFee = fields.decimal("flat_fee");
        fields.requireRight();
        TierId tier = TierId.of(id).orElseThrow(PriceTierController::noTier);
        StoredPrice saved = edited(organizationId, tier.modelId(), RequestActor.of(request), tiers -> {
            requireLevel(tiers, tier);
            return TierEdit.change(tiers, tier.level(), min, unitPrice, flatFee);
        });
        return Answers.json(
                HttpStatus.OK, view(saved, tiersOf(saved).orElseThrow(PriceTierController::noTier), tier.level()));
    }

    /// Takes a tier away; the one before it goes on to its end, and where it was the first, the second begins at 0.
    /// With
    /// the only tier goes the price.
    @Delete("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, @PathVariable String id) {
        OrganizationId organizationId = organization(request, Permission.CATALOG_WRITE);
        TierId tier = TierId.of(id).orElseThrow(PriceTierController::noTier);
        Tiers before = prices.find(organizationId, tier.modelId())
                .flatMap(PriceTierController::tiersOf)
                .orElseThrow(PriceTierController::noTier);
        requireLevel(before, tier);
        Actor actor = RequestActor.of(request);
        if (before.tiers().size() == 1) {
            if (!prices.delete(organizationId, tier.modelId(), actor)) {
                throw noTier();
            }
        } else {
            edited(organizationId, tier.modelId(), actor, tiers -> {
                requireLevel(tiers, tier);
                return TierEdit.remove(tiers, tier.level());
            });
        }
        return Answers.json(HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("success", true));
    }

    /// The organization's own price of a meter that is in force without end.
    private Optional<StoredPrice> running(OrganizationId organizationId, MeterKey meter) {
        return prices
                .list(new PriceQuery(
                        organizationId,
                        Optional.of(meter.value()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(clock.instant()),
                        MODELS_MAX,
                        Optional.empty()))
                .stream()
                .filter(price -> price.version().target() instanceof PriceTarget.Organization)
                .findFirst();
    }

    private StoredPrice edited(OrganizationId organizationId, String modelId, Actor actor, UnaryOperator<Tiers> edit) {
        return saved(prices.change(
                organizationId,
                modelId,
                terms -> {
                    if (!(terms.model().scheme() instanceof PriceScheme.Graduated graduated)
                            || !(terms.target() instanceof PriceTarget.Organization)) {
                        throw Problem.of(
                                ErrorCode.ALREADY_EXISTS,
                                "The price model in force for this event_type is not a graduated one; change it under"
                                        + " /api/v1/price-models/" + modelId + ".");
                    }
                    PriceModel model = terms.model();
                    return new PriceTerms(
                            terms.meter(),
                            terms.target(),
                            new PriceModel(
                                    new PriceScheme.Graduated(edit(() -> edit.apply(graduated.tiers()))),
                                    model.flatFee(),
                                    model.includedUnits(),
                                    model.minimumCharge(),
                                    model.maximumCharge()),
                            terms.currency(),
                            terms.effectiveFrom(),
                            terms.effectiveTo());
                },
                actor));
    }

    /// A list of tiers, or what is wrong with it.
    private static Tiers edit(Supplier<Tiers> edit) {
        try {
            return edit.get();
        } catch (IllegalArgumentException e) {
            throw Problem.invalid(
                    ErrorCode.VALIDATION_FAILED,
                    List.of(new Problem.FieldError("min_quantity", "INVALID_VALUE", String.valueOf(e.getMessage()))));
        }
    }

    private static StoredPrice saved(PriceOutcome outcome) {
        if (outcome instanceof PriceOutcome.Absent) {
            throw noTier();
        }
        return PriceModelController.saved(outcome);
    }

    private static void requireLevel(Tiers tiers, TierId tier) {
        if (tier.level() > tiers.tiers().size()) {
            throw noTier();
        }
    }

    private static Optional<Tiers> tiersOf(StoredPrice price) {
        return price.version().target() instanceof PriceTarget.Organization
                        && price.version().model().scheme() instanceof PriceScheme.Graduated graduated
                ? Optional.of(graduated.tiers())
                : Optional.empty();
    }

    private static ObjectNode view(StoredPrice price, Tiers tiers, int level) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("id", new TierId(price.version().id(), level).toString())
                .put("event_type", price.version().meter());
        body.setAll(PriceView.tier(tiers.tiers().get(level - 1), level));
        return body.put("price_model_id", price.version().id())
                .put("effective_from", price.version().effectiveFrom().toString())
                .put(
                        "effective_to",
                        price.version().effectiveTo().map(Instant::toString).orElse(null));
    }

    private static OrganizationId organization(HttpRequest<?> request, Permission permission) {
        return Authority.organization(Answers.principal(request), permission);
    }

    private static BodyFields fields(HttpRequest<byte[]> request) {
        return new BodyFields(JsonBody.object(request, PriceModelController.INVALID, PriceModelController.INVALID));
    }

    private static Problem noTier() {
        return Problem.of(ErrorCode.NOT_FOUND, "Price tier not found");
    }
}
