package io.tollgate.control.price.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.control.plan.PlanRef;
import io.tollgate.control.price.PriceTerms;
import io.tollgate.control.price.SchemeName;
import io.tollgate.http.BodyFields;
import io.tollgate.http.CurrencyCode;
import io.tollgate.metering.rating.PriceModel;
import io.tollgate.metering.rating.PriceScheme;
import io.tollgate.metering.rating.PriceTarget;
import io.tollgate.metering.rating.Tier;
import io.tollgate.metering.rating.Tiers;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// A price model as a request writes it: whole, or the part of one that changes. A scheme is changed as a whole, with
/// everything that belongs to it.
public final class PriceBody {
    private static final String[] METER = {"event_type", "metric_name", "meter"};
    private static final String[] MODEL = {"model"};
    private static final String[] TIERS = {"tiers"};
    private static final String[] UNIT_PRICE = {"unit_price"};
    private static final String[] PACKAGE_SIZE = {"package_size"};
    private static final String[] PACKAGE_PRICE = {"package_price"};
    private static final String[] PERCENTAGE = {"percentage"};
    private static final String[] FLAT_FEE = {"flat_fee"};
    private static final String[] INCLUDED_UNITS = {"included_units"};
    private static final String[] MINIMUM_CHARGE = {"minimum_charge"};
    private static final String[] MAXIMUM_CHARGE = {"maximum_charge"};
    private static final String[] CURRENCY = {"currency"};
    private static final String[] FROM = {"effective_from"};
    private static final String[] TO = {"effective_to"};
    private static final String[] PLAN = {"plan_id"};
    private static final String[] TENANT = {"tenant_id", "customer_id"};

    private static final PriceScheme NO_SCHEME = new PriceScheme.Flat();
    private static final PriceModel NO_MODEL = PriceModel.of(NO_SCHEME);

    private final BodyFields fields;

    public PriceBody(JsonNode object) {
        this.fields = new BodyFields(object);
    }

    /// @throws Problem saying everything that is wrong
    public PriceTerms draft() {
        fields.require(METER);
        Optional<MeterKey> meter = meter();
        PriceModel model = model(scheme());
        return terms(meter.orElse(new MeterKey("-")), target(), model, currency(), time(FROM), time(TO));
    }

    /// What is absent stays; a plan, a tenant, a bound or an end that is null goes.
    ///
    /// @throws Problem saying everything that is wrong
    PriceTerms changed(PriceTerms before) {
        PriceModel model = before.model();
        boolean rescaled = fields.sent(MODEL)
                || fields.sent(TIERS)
                || fields.sent(UNIT_PRICE)
                || fields.sent(PACKAGE_SIZE)
                || fields.sent(PACKAGE_PRICE)
                || fields.sent(PERCENTAGE);
        PriceModel after = built(
                MODEL[0],
                () -> new PriceModel(
                        rescaled ? scheme(SchemeName.of(model.scheme())) : model.scheme(),
                        fields.decimal(FLAT_FEE).orElse(model.flatFee()),
                        fields.decimal(INCLUDED_UNITS).orElse(model.includedUnits()),
                        fields.sent(MINIMUM_CHARGE) ? fields.decimal(MINIMUM_CHARGE) : model.minimumCharge(),
                        fields.sent(MAXIMUM_CHARGE) ? fields.decimal(MAXIMUM_CHARGE) : model.maximumCharge()),
                NO_MODEL);
        return terms(
                meter().orElse(before.meter()),
                fields.sent(PLAN) || fields.sent(TENANT) ? target() : before.target(),
                after,
                currency().or(before::currency),
                time(FROM).or(before::effectiveFrom),
                fields.sent(TO) ? time(TO) : before.effectiveTo());
    }

    /// The model alone, of a calculation that stores nothing.
    ///
    /// @throws Problem saying everything that is wrong
    PriceModel model() {
        PriceModel model = model(scheme());
        fields.requireRight();
        return model;
    }

    private PriceTerms terms(
            MeterKey meter,
            PriceTarget target,
            PriceModel model,
            Optional<Currency> currency,
            Optional<Instant> from,
            Optional<Instant> to) {
        if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
            fields.wrong(TO[0], "INVALID_VALUE", "must be after " + FROM[0]);
        }
        fields.requireRight();
        return new PriceTerms(meter, target, model, currency, from, to);
    }

    private PriceModel model(PriceScheme scheme) {
        if (scheme instanceof PriceScheme.Flat && scheme != NO_SCHEME) {
            fields.require(FLAT_FEE);
        }
        return built(
                MODEL[0],
                () -> new PriceModel(
                        scheme,
                        fields.decimal(FLAT_FEE).orElse(BigDecimal.ZERO),
                        fields.decimal(INCLUDED_UNITS).orElse(BigDecimal.ZERO),
                        fields.decimal(MINIMUM_CHARGE),
                        fields.decimal(MAXIMUM_CHARGE)),
                NO_MODEL);
    }

    private PriceScheme scheme() {
        return scheme(SchemeName.GRADUATED);
    }

    private PriceScheme scheme(SchemeName absent) {
        Optional<SchemeName> name = fields.chosen(SchemeName::ofWord, SchemeName.WORDS, MODEL);
        if (fields.sentWithValue(MODEL) && name.isEmpty()) {
            return NO_SCHEME;
        }
        return switch (name.orElse(absent)) {
            case GRADUATED -> built(TIERS[0], () -> new PriceScheme.Graduated(Tiers.read(tiers())), NO_SCHEME);
            case VOLUME -> built(TIERS[0], () -> new PriceScheme.Volume(Tiers.read(tiers())), NO_SCHEME);
            case PACKAGE ->
                built(
                        MODEL[0],
                        () -> new PriceScheme.Packaged(required(PACKAGE_SIZE), required(PACKAGE_PRICE)),
                        NO_SCHEME);
            case PER_UNIT -> built(MODEL[0], () -> new PriceScheme.PerUnit(required(UNIT_PRICE)), NO_SCHEME);
            case PERCENTAGE -> built(MODEL[0], () -> new PriceScheme.Percentage(required(PERCENTAGE)), NO_SCHEME);
            case FLAT -> new PriceScheme.Flat();
        };
    }

    private BigDecimal required(String... names) {
        fields.require(names);
        return fields.decimal(names).orElse(BigDecimal.ONE);
    }

    private List<Tier> tiers() {
        JsonNode list = fields.node(TIERS);
        if (!list.isArray() || list.isEmpty() || list.size() > Tiers.TIERS_MAX) {
            throw new IllegalArgumentException("tiers must be a list of 1 to " + Tiers.TIERS_MAX + " tiers");
        }
        List<Tier> tiers = new ArrayList<>();
        for (JsonNode node : list) {
            if (!node.isObject()) {
                throw new IllegalArgumentException("tiers must be objects with min_quantity and unit_price");
            }
            BodyFields tier = new BodyFields(node);
            tier.require("min_quantity");
            tier.require(UNIT_PRICE);
            Optional<BigDecimal> min = tier.decimal("min_quantity");
            Optional<BigDecimal> max = tier.decimal("max_quantity");
            Optional<BigDecimal> price = tier.decimal(UNIT_PRICE);
            Optional<BigDecimal> fee = tier.decimal(FLAT_FEE);
            tier.requireRight();
            tiers.add(new Tier(min.orElseThrow(), max, price.orElseThrow(), fee.orElse(BigDecimal.ZERO)));
        }
        return tiers;
    }

    /// What its maker refuses is wrong with the field as a whole; the sentence names the member.
    private <T> T built(String field, Supplier<T> maker, T otherwise) {
        try {
            return maker.get();
        } catch (IllegalArgumentException e) {
            fields.wrong(field, "INVALID_VALUE", String.valueOf(e.getMessage()));
            return otherwise;
        }
    }

    private Optional<MeterKey> meter() {
        return fields.text(MeterKey::new, METER);
    }

    private PriceTarget target() {
        Optional<String> plan = fields.text(PlanRef::read, PLAN).filter(text -> !text.isEmpty());
        Optional<TenantId> tenant = fields.text(
                        text -> text.isEmpty() ? Optional.<TenantId>empty() : Optional.of(new TenantId(text)), TENANT)
                .flatMap(found -> found);
        if (plan.isPresent() && tenant.isPresent()) {
            fields.wrong(TENANT[0], "INVALID_VALUE", "goes without plan_id: a price is a plan's or a tenant's");
        }
        return tenant.<PriceTarget>map(id -> new PriceTarget.Tenant(id.value()))
                .or(() -> plan.map(PriceTarget.Plan::new))
                .orElseGet(PriceTarget.Organization::new);
    }

    private Optional<Currency> currency() {
        return fields.text(CurrencyCode::read, CURRENCY);
    }

    private Optional<Instant> time(String... names) {
        return fields.time(names);
    }
}
