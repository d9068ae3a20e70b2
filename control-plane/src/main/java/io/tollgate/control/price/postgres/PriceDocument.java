package io.tollgate.control.price.postgres;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.price.StoredPrice;
import io.tollgate.metering.rating.PriceVersion;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Prices that are no price models of an organization as JSON, with the columns of `price_models` and `price_tiers`.
public final class PriceDocument {
    private static final OrganizationId NOBODY = new OrganizationId("biz_nobody");

    private PriceDocument() {}

    public static ObjectNode toJson(PriceVersion version) {
        StoredPrice price = new StoredPrice(NOBODY, version, version.effectiveFrom(), version.effectiveFrom());
        PriceDao.Row row = PriceRows.toRow(price);
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("id", row.id())
                .put("event_type", row.eventType())
                .put("model", row.model())
                .put("plan_id", row.planId())
                .put("tenant_id", row.tenantId())
                .put("currency", row.currency())
                .put("unit_price", row.unitPrice())
                .put("package_size", row.packageSize())
                .put("package_price", row.packagePrice())
                .put("percentage", row.percentage())
                .put("flat_fee", row.flatFee())
                .put("included_units", row.includedUnits())
                .put("minimum_charge", row.minimumCharge())
                .put("maximum_charge", row.maximumCharge())
                .put("effective_from", row.effectiveFrom().toString())
                .put(
                        "effective_to",
                        row.effectiveTo() == null ? null : row.effectiveTo().toString());
        ArrayNode tiers = json.putArray("tiers");
        for (PriceDao.TierRow tier : PriceRows.tierRows(price)) {
            tiers.addObject()
                    .put("min_quantity", tier.minQuantity())
                    .put("max_quantity", tier.maxQuantity())
                    .put("unit_price", tier.unitPrice())
                    .put("flat_fee", tier.flatFee());
        }
        return json;
    }

    /// Reads what [#toJson] wrote; numbers must have been read as exact decimals.
    public static PriceVersion fromJson(JsonNode json) {
        OffsetDateTime from =
                OffsetDateTime.parse(json.required("effective_from").textValue());
        String id = json.required("id").textValue();
        @Nullable String to = json.required("effective_to").textValue();
        PriceDao.Row row = new PriceDao.Row(
                id,
                NOBODY.value(),
                json.required("event_type").textValue(),
                json.required("model").textValue(),
                json.required("plan_id").textValue(),
                json.required("tenant_id").textValue(),
                json.required("currency").textValue(),
                decimal(json, "unit_price"),
                decimal(json, "package_size"),
                decimal(json, "package_price"),
                decimal(json, "percentage"),
                json.required("flat_fee").decimalValue(),
                json.required("included_units").decimalValue(),
                decimal(json, "minimum_charge"),
                decimal(json, "maximum_charge"),
                from,
                to == null ? null : OffsetDateTime.parse(to),
                from,
                from);
        List<PriceDao.TierRow> tiers = new ArrayList<>();
        for (JsonNode tier : json.required("tiers")) {
            tiers.add(new PriceDao.TierRow(
                    id,
                    tiers.size() + 1,
                    tier.required("min_quantity").decimalValue(),
                    decimal(tier, "max_quantity"),
                    tier.required("unit_price").decimalValue(),
                    tier.required("flat_fee").decimalValue()));
        }
        return PriceRows.fromRow(row, tiers).version();
    }

    private static @Nullable BigDecimal decimal(JsonNode json, String member) {
        JsonNode value = json.required(member);
        return value.isNull() ? null : value.decimalValue();
    }
}
