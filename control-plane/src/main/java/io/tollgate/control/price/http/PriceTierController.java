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
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.access.Authority;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.price.PriceModels;
import io.tollgate.control.price.PriceOutcome;
import io.tollgate.control.price.PriceQuery;
import io.tollgate.control.price.PriceTerms;
import io.tollgate.control.price.StoredPrice;
import io.tollgate.control.price.TierEdit;
import io.tollgate.http.Answers;
import io.tollgate.http.BodyFields;
import io.tollgate.http.JsonBody;
import io.tollgate.http.ListParameters;
import io.tollgate.http.RequestActor;
import io.tollgate.metering.rating.PriceList;
import io.tollgate.metering.rating.PriceModel;
import io.tollgate.metering.rating.PriceScheme;
import io.tollgate.metering.rating.PriceTarget;
import io.tollgate.metering.rating.PriceVersion;
import io.tollgate.metering.rating.Tier;
import io.tollgate.metering.rating.Tiers;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

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
                true,
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
        Optional<String> priced = running(organizationId, meter.orElseThrow());
        PriceOutcome outcome = priced.isPresent()
                ? edit(
                        organizationId,
                        priced.get(),
                        actor,
                        tiers -> Optional.of(TierEdit.append(tiers, min, unitPrice, flatFee)))
                : prices.create(
                        organizationId,
                        new PriceTerms(
                                meter.orElseThrow(),
                                new PriceTarget.Organization(),
                                PriceModel.of(new PriceScheme.Graduated(checked(() ->
                                        new Tiers(List.of(new Tier(min, Optional.empty(), unitPrice, flatFee)))))),
                                Optional.empty(),
                                from,
                                Optional.empty()),
                        actor);
        StoredPrice saved = saved(outcome);
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
        StoredPrice saved = saved(edit(
                organizationId,
                tier.modelId(),
                RequestActor.of(request),
                tiers -> Optional.of(TierEdit.change(tiers, level(tiers, tier), min, unitPrice, flatFee))));
        Tiers tiers = tiersOf(saved).orElseThrow(PriceTierController::noTier);
        TierId changed = new TierId(tier.modelId(), min.map(PriceView::plain).orElse(tier.min()));
        return Answers.json(HttpStatus.OK, view(saved, tiers, level(tiers, changed)));
    }

    /// Takes a tier away; the one before it goes on to its end. With the only tier goes the price.
    @Delete("/{id}")
    @Consumes(MediaType.ALL)
    HttpResponse<byte[]> delete(HttpRequest<?> request, @PathVariable String id) {
        OrganizationId organizationId = organization(request, Permission.CATALOG_WRITE);
        TierId tier = TierId.of(id).orElseThrow(PriceTierController::noTier);
        PriceOutcome outcome = edit(organizationId, tier.modelId(), RequestActor.of(request), tiers -> {
            int level = level(tiers, tier);
            if (tiers.tiers().size() == 1) {
                return Optional.empty();
            }
            if (level == 1) {
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "The first tier begins at 0 while there are others; change its price, or delete the others.");
            }
            return Optional.of(TierEdit.remove(tiers, level));
        });
        if (!(outcome instanceof PriceOutcome.Deleted)) {
            saved(outcome);
        }
        return Answers.json(HttpStatus.OK, JsonNodeFactory.instance.objectNode().put("success", true));
    }

    /// The id of the organization's own price of a meter that is in force.
    private Optional<String> running(OrganizationId organizationId, MeterKey meter) {
        return prices.pricesOf(organizationId, meter.value())
                .at(PriceList.Buyer.ANYBODY, meter.value(), clock.instant())
                .map(PriceVersion::id);
    }

    /// @param edit empty: the price goes with its tiers
    private PriceOutcome edit(
            OrganizationId organizationId, String modelId, Actor actor, Function<Tiers, Optional<Tiers>> edit) {
        return prices.change(
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
                    return checked(() -> edit.apply(graduated.tiers()))
                            .map(tiers -> terms.with(terms.model().with(new PriceScheme.Graduated(tiers))));
                },
                actor);
    }

    /// A list of tiers, or what is wrong with it.
    private static <T> T checked(Supplier<T> edit) {
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

    private static int level(Tiers tiers, TierId tier) {
        return tier.levelIn(tiers).orElseThrow(PriceTierController::noTier);
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
                .put(
                        "id",
                        TierId.of(price.version().id(), tiers.tiers().get(level - 1))
                                .toString())
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
