package io.tollgate.control.price.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.control.price.SchemeName;
import io.tollgate.control.price.StoredPrice;
import io.tollgate.metering.rating.PriceModel;
import io.tollgate.metering.rating.PriceScheme;
import io.tollgate.metering.rating.PriceTarget;
import io.tollgate.metering.rating.PriceVersion;
import io.tollgate.metering.rating.Tier;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A price model as answers show it: what its scheme does not have is null.
final class PriceView {
    private PriceView() {}

    static ObjectNode toJson(StoredPrice price) {
        PriceVersion version = price.version();
        PriceModel model = version.model();
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("id", version.id())
                .put("organization_id", price.organizationId().value())
                .put("event_type", version.meter())
                .put("model", SchemeName.of(model.scheme()).word())
                .put("plan_id", version.target() instanceof PriceTarget.Plan plan ? plan.planId() : null)
                .put("tenant_id", version.target() instanceof PriceTarget.Tenant tenant ? tenant.tenantId() : null)
                .put("currency", version.currency().getCurrencyCode());
        scheme(body, model.scheme());
        return body.put("flat_fee", plain(model.flatFee()))
                .put("included_units", plain(model.includedUnits()))
                .put(
                        "minimum_charge",
                        model.minimumCharge().map(PriceView::plain).orElse(null))
                .put(
                        "maximum_charge",
                        model.maximumCharge().map(PriceView::plain).orElse(null))
                .put("effective_from", version.effectiveFrom().toString())
                .put(
                        "effective_to",
                        version.effectiveTo().map(Instant::toString).orElse(null))
                .put("created_at", price.createdAt().toString())
                .put("updated_at", price.updatedAt().toString());
    }

    private static void scheme(ObjectNode body, PriceScheme scheme) {
        List<Tier> tiers = SchemeName.tiersOf(scheme);
        if (tiers.isEmpty()) {
            body.putNull("tiers");
        } else {
            ArrayNode list = body.putArray("tiers");
            for (int i = 0; i < tiers.size(); i++) {
                list.add(tier(tiers.get(i), i + 1));
            }
        }
        body.put("unit_price", scheme instanceof PriceScheme.PerUnit perUnit ? plain(perUnit.unitPrice()) : null);
        Optional<PriceScheme.Packaged> packaged =
                scheme instanceof PriceScheme.Packaged found ? Optional.of(found) : Optional.empty();
        body.put("package_size", packaged.map(found -> plain(found.size())).orElse(null));
        body.put("package_price", packaged.map(found -> plain(found.price())).orElse(null));
        body.put("percentage", scheme instanceof PriceScheme.Percentage share ? plain(share.percent()) : null);
    }

    static ObjectNode tier(Tier tier, int level) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("tier_level", level)
                .put("min_quantity", plain(tier.min()))
                .put("max_quantity", tier.max().map(PriceView::plain).orElse(null))
                .put("unit_price", plain(tier.unitPrice()))
                .put("flat_fee", plain(tier.flatFee()));
    }

    /// Without trailing zeros and without exponent.
    static BigDecimal plain(BigDecimal value) {
        BigDecimal stripped = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }
}
