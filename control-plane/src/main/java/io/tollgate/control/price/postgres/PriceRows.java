package io.tollgate.control.price.postgres;

import io.tollgate.contract.OrganizationId;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.price.SchemeName;
import io.tollgate.control.price.StoredPrice;
import io.tollgate.metering.rating.PriceModel;
import io.tollgate.metering.rating.PriceScheme;
import io.tollgate.metering.rating.PriceTarget;
import io.tollgate.metering.rating.PriceVersion;
import io.tollgate.metering.rating.Tier;
import io.tollgate.metering.rating.Tiers;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Price models as rows.
final class PriceRows {
    private PriceRows() {}

    static PriceDao.Row toRow(StoredPrice price) {
        PriceVersion version = price.version();
        PriceModel model = version.model();
        @Nullable String planId = version.target() instanceof PriceTarget.Plan plan ? plan.planId() : null;
        @Nullable String tenantId = version.target() instanceof PriceTarget.Tenant tenant ? tenant.tenantId() : null;
        @Nullable BigDecimal unitPrice = null;
        @Nullable BigDecimal packageSize = null;
        @Nullable BigDecimal packagePrice = null;
        @Nullable BigDecimal percentage = null;
        switch (model.scheme()) {
            case PriceScheme.PerUnit perUnit -> unitPrice = perUnit.unitPrice();
            case PriceScheme.Packaged packaged -> {
                packageSize = packaged.size();
                packagePrice = packaged.price();
            }
            case PriceScheme.Percentage share -> percentage = share.percent();
            case PriceScheme.Graduated graduated -> {}
            case PriceScheme.Volume volume -> {}
            case PriceScheme.Flat flat -> {}
        }
        return new PriceDao.Row(
                version.id(),
                price.organizationId().value(),
                version.meter(),
                SchemeName.of(model.scheme()).word(),
                planId,
                tenantId,
                version.currency().getCurrencyCode(),
                unitPrice,
                packageSize,
                packagePrice,
                percentage,
                model.flatFee(),
                model.includedUnits(),
                model.minimumCharge().orElse(null),
                model.maximumCharge().orElse(null),
                DefinitionChanges.utc(version.effectiveFrom()),
                version.effectiveTo().map(DefinitionChanges::utc).orElse(null),
                DefinitionChanges.utc(price.createdAt()),
                DefinitionChanges.utc(price.updatedAt()));
    }

    static List<PriceDao.TierRow> tierRows(StoredPrice price) {
        List<Tier> tiers = SchemeName.tiersOf(price.version().model().scheme());
        List<PriceDao.TierRow> rows = new ArrayList<>();
        for (int i = 0; i < tiers.size(); i++) {
            Tier tier = tiers.get(i);
            rows.add(new PriceDao.TierRow(
                    price.version().id(),
                    i + 1,
                    tier.min(),
                    tier.max().orElse(null),
                    tier.unitPrice(),
                    tier.flatFee()));
        }
        return rows;
    }

    static StoredPrice fromRow(PriceDao.Row row, List<PriceDao.TierRow> tiers) {
        PriceModel model = new PriceModel(
                scheme(row, tiers),
                row.flatFee(),
                row.includedUnits(),
                Optional.ofNullable(row.minimumCharge()),
                Optional.ofNullable(row.maximumCharge()));
        PriceVersion version = new PriceVersion(
                row.id(),
                target(row),
                row.eventType(),
                model,
                Currency.getInstance(row.currency()),
                row.effectiveFrom().toInstant(),
                Optional.ofNullable(row.effectiveTo()).map(OffsetDateTime::toInstant));
        return new StoredPrice(
                new OrganizationId(row.organizationId()),
                version,
                row.createdAt().toInstant(),
                row.updatedAt().toInstant());
    }

    private static PriceScheme scheme(PriceDao.Row row, List<PriceDao.TierRow> tiers) {
        return switch (SchemeName.ofWord(row.model()).orElseThrow()) {
            case GRADUATED -> new PriceScheme.Graduated(tiers(tiers));
            case VOLUME -> new PriceScheme.Volume(tiers(tiers));
            case PACKAGE -> new PriceScheme.Packaged(present(row.packageSize()), present(row.packagePrice()));
            case PER_UNIT -> new PriceScheme.PerUnit(present(row.unitPrice()));
            case PERCENTAGE -> new PriceScheme.Percentage(present(row.percentage()));
            case FLAT -> new PriceScheme.Flat();
        };
    }

    private static BigDecimal present(@Nullable BigDecimal value) {
        return Objects.requireNonNull(value, "the table's checks see to it");
    }

    private static Tiers tiers(List<PriceDao.TierRow> rows) {
        return new Tiers(rows.stream()
                .map(row -> new Tier(
                        row.minQuantity(), Optional.ofNullable(row.maxQuantity()), row.unitPrice(), row.flatFee()))
                .toList());
    }

    private static PriceTarget target(PriceDao.Row row) {
        if (row.tenantId() != null) {
            return new PriceTarget.Tenant(row.tenantId());
        }
        return row.planId() != null ? new PriceTarget.Plan(row.planId()) : new PriceTarget.Organization();
    }
}
