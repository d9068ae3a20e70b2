package io.tollgate.control.price.postgres;

import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlBatch;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/// Statements on `price_models` and `price_tiers`.
@RegisterConstructorMapper(PriceDao.Row.class)
@RegisterConstructorMapper(PriceDao.TierRow.class)
interface PriceDao {
    /// A row as it stands in the table.
    record Row(
            String id,
            String organizationId,
            String eventType,
            String model,
            @Nullable String planId,
            @Nullable String tenantId,
            String currency,
            @Nullable BigDecimal unitPrice,
            @Nullable BigDecimal packageSize,
            @Nullable BigDecimal packagePrice,
            @Nullable BigDecimal percentage,
            BigDecimal flatFee,
            BigDecimal includedUnits,
            @Nullable BigDecimal minimumCharge,
            @Nullable BigDecimal maximumCharge,
            OffsetDateTime effectiveFrom,
            @Nullable OffsetDateTime effectiveTo,
            OffsetDateTime createdAt,
            OffsetDateTime updatedAt) {}

    /// A row as it stands in the table.
    record TierRow(
            String modelId,
            int tierLevel,
            BigDecimal minQuantity,
            @Nullable BigDecimal maxQuantity,
            BigDecimal unitPrice,
            BigDecimal flatFee) {}

    /// Makes changes of the organization's prices take turns until the transaction ends, and answers its currency.
    /// Absent if there is no such organization.
    @SqlQuery("SELECT currency FROM organizations WHERE id = :organizationId AND deleted_at IS NULL FOR NO KEY UPDATE")
    Optional<String> lockOrganization(String organizationId);

    /// Up to when the prices of a meter are on finalized invoices.
    @SqlQuery("SELECT until FROM invoiced_prices WHERE organization_id = :organizationId AND event_type = :eventType")
    Optional<OffsetDateTime> invoicedUntil(String organizationId, String eventType);

    /// Waits until nobody rates by the organization's prices.
    @SqlQuery("SELECT change_prices(:organizationId)")
    String waitForRaters(String organizationId);

    /// Ends what is in force for the row's target and meter since earlier and without end.
    @SqlUpdate("""
            UPDATE price_models SET effective_to = :effectiveFrom, updated_at = :updatedAt
            WHERE organization_id = :organizationId AND event_type = :eventType
              AND plan_id IS NOT DISTINCT FROM :planId AND tenant_id IS NOT DISTINCT FROM :tenantId
              AND effective_to IS NULL AND effective_from < :effectiveFrom
            """)
    void closePredecessor(@BindMethods Row row);

    /// Another row for the same target and meter that is in force at some same time.
    @SqlQuery("""
            SELECT * FROM price_models
            WHERE organization_id = :organizationId AND event_type = :eventType
              AND plan_id IS NOT DISTINCT FROM :planId AND tenant_id IS NOT DISTINCT FROM :tenantId
              AND id <> :id
              AND tstzrange(effective_from, effective_to) && tstzrange(:effectiveFrom, CAST(:effectiveTo AS timestamptz))
            ORDER BY effective_from LIMIT 1
            """)
    Optional<Row> overlapping(@BindMethods Row row);

    @SqlUpdate("""
            INSERT INTO price_models
                (id, organization_id, event_type, model, plan_id, tenant_id, currency, unit_price, package_size,
                 package_price, percentage, flat_fee, included_units, minimum_charge, maximum_charge, effective_from,
                 effective_to, created_at, updated_at)
            VALUES
                (:id, :organizationId, :eventType, :model, :planId, :tenantId, :currency, :unitPrice, :packageSize,
                 :packagePrice, :percentage, :flatFee, :includedUnits, :minimumCharge, :maximumCharge, :effectiveFrom,
                 :effectiveTo, :createdAt, :updatedAt)
            """)
    void insert(@BindMethods Row row);

    @SqlUpdate("""
            UPDATE price_models SET
                event_type = :eventType, model = :model, plan_id = :planId, tenant_id = :tenantId,
                currency = :currency, unit_price = :unitPrice, package_size = :packageSize,
                package_price = :packagePrice, percentage = :percentage, flat_fee = :flatFee,
                included_units = :includedUnits, minimum_charge = :minimumCharge, maximum_charge = :maximumCharge,
                effective_from = :effectiveFrom, effective_to = :effectiveTo, updated_at = :updatedAt
            WHERE id = :id
            """)
    void update(@BindMethods Row row);

    @SqlUpdate("DELETE FROM price_tiers WHERE model_id = :modelId")
    void deleteTiers(String modelId);

    @SqlBatch("""
            INSERT INTO price_tiers (model_id, tier_level, min_quantity, max_quantity, unit_price, flat_fee)
            VALUES (:modelId, :tierLevel, :minQuantity, :maxQuantity, :unitPrice, :flatFee)
            """)
    void insertTiers(@BindMethods List<TierRow> tiers);

    @SqlUpdate("DELETE FROM price_models WHERE organization_id = :organizationId AND id = :id")
    void delete(String organizationId, String id);

    @SqlQuery("SELECT * FROM price_models WHERE organization_id = :organizationId AND id = :id")
    Optional<Row> find(String organizationId, String id);

    @SqlQuery(
            "SELECT * FROM price_tiers WHERE model_id = ANY (CAST(:modelIds AS text[])) ORDER BY model_id, tier_level")
    List<TierRow> tiers(String[] modelIds);

    @SqlQuery("SELECT * FROM price_models WHERE organization_id = :organizationId AND event_type = :eventType")
    List<Row> ofMeter(String organizationId, String eventType);

    @SqlQuery("""
            SELECT * FROM price_models
            WHERE organization_id = :organizationId AND (tenant_id IS NULL OR tenant_id = :tenantId)
              AND (plan_id IS NULL OR plan_id = :planId)
            """)
    List<Row> ofBuyer(String organizationId, @Nullable String tenantId, @Nullable String planId);

    @SqlQuery("""
            SELECT * FROM price_models
            WHERE organization_id = :organizationId
              AND tstzrange(effective_from, effective_to) && tstzrange(:from, :to)
            """)
    List<Row> inForce(String organizationId, OffsetDateTime from, OffsetDateTime to);

    @SqlQuery("""
            SELECT * FROM price_models
            WHERE organization_id = :organizationId
              AND (CAST(:eventType AS text) IS NULL OR event_type = :eventType)
              AND (NOT :forEverybody OR (plan_id IS NULL AND tenant_id IS NULL))
              AND (CAST(:planId AS text) IS NULL OR plan_id = :planId)
              AND (CAST(:tenantId AS text) IS NULL OR tenant_id = :tenantId)
              AND (CAST(:at AS timestamptz) IS NULL
                   OR tstzrange(effective_from, effective_to) @> CAST(:at AS timestamptz))
              AND (CAST(:afterId AS text) IS NULL
                   OR (created_at, id) < (CAST(:afterCreatedAt AS timestamptz), CAST(:afterId AS text)))
            ORDER BY created_at DESC, id DESC LIMIT :limit
            """)
    List<Row> list(
            String organizationId,
            @Nullable String eventType,
            boolean forEverybody,
            @Nullable String planId,
            @Nullable String tenantId,
            @Nullable OffsetDateTime at,
            @Nullable OffsetDateTime afterCreatedAt,
            @Nullable String afterId,
            int limit);
}
