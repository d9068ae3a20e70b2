package io.tollgate.control.quota.postgres;

import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/// Statements on `quotas`.
@RegisterConstructorMapper(QuotaDao.Row.class)
interface QuotaDao {
    /// A row as it stands in the table.
    record Row(
            String id,
            String organizationId,
            @Nullable String tenantId,
            String eventType,
            long version,
            BigDecimal limitValue,
            String limitType,
            @Nullable OffsetDateTime windowStart,
            @Nullable Integer windowMinutes,
            String enforcementMode,
            @Nullable BigDecimal softLimitValue,
            @Nullable Integer softLimitPercent,
            BigDecimal overageAllowed,
            @Nullable Integer gracePeriodHours,
            @Nullable OffsetDateTime gracePeriodEnd,
            OffsetDateTime createdAt,
            OffsetDateTime updatedAt) {}

    /// Keeps the organization from being deleted until the transaction ends. Absent if there is no such organization.
    @SqlQuery("SELECT id FROM organizations WHERE id = :organizationId AND deleted_at IS NULL FOR SHARE")
    Optional<String> holdOrganization(String organizationId);

    /// Answers 0 if another quota has the target.
    @SqlUpdate("""
            INSERT INTO quotas
                (id, organization_id, tenant_id, event_type, version, limit_value, limit_type, window_start,
                 window_minutes, enforcement_mode, soft_limit_value, soft_limit_percent, overage_allowed,
                 grace_period_hours, grace_period_end, created_at, updated_at)
            VALUES
                (:id, :organizationId, :tenantId, :eventType, :version, :limitValue, :limitType, :windowStart,
                 :windowMinutes, :enforcementMode, :softLimitValue, :softLimitPercent, :overageAllowed,
                 :gracePeriodHours, :gracePeriodEnd, :createdAt, :updatedAt)
            ON CONFLICT ON CONSTRAINT quotas_target DO NOTHING
            """)
    int insert(@BindMethods Row row);

    @SqlUpdate("""
            UPDATE quotas SET
                version = :version, limit_value = :limitValue, limit_type = :limitType, window_start = :windowStart,
                window_minutes = :windowMinutes, enforcement_mode = :enforcementMode,
                soft_limit_value = :softLimitValue, soft_limit_percent = :softLimitPercent,
                overage_allowed = :overageAllowed, grace_period_hours = :gracePeriodHours,
                grace_period_end = :gracePeriodEnd, updated_at = :updatedAt
            WHERE id = :id
            """)
    void update(@BindMethods Row row);

    @SqlUpdate("DELETE FROM quotas WHERE organization_id = :organizationId AND id = :id")
    int delete(String organizationId, String id);

    @SqlQuery("""
            SELECT id, organization_id, tenant_id, event_type, version, limit_value, limit_type, window_start,
                   window_minutes, enforcement_mode, soft_limit_value, soft_limit_percent, overage_allowed,
                   grace_period_hours, grace_period_end, created_at, updated_at
            FROM quotas WHERE organization_id = :organizationId AND id = :id
            """)
    Optional<Row> find(String organizationId, String id);

    /// Makes changes of the quota take turns until the transaction ends.
    @SqlQuery("""
            SELECT id, organization_id, tenant_id, event_type, version, limit_value, limit_type, window_start,
                   window_minutes, enforcement_mode, soft_limit_value, soft_limit_percent, overage_allowed,
                   grace_period_hours, grace_period_end, created_at, updated_at
            FROM quotas WHERE organization_id = :organizationId AND id = :id FOR UPDATE
            """)
    Optional<Row> lock(String organizationId, String id);

    /// Newest first, after the place given.
    @SqlQuery("""
            SELECT id, organization_id, tenant_id, event_type, version, limit_value, limit_type, window_start,
                   window_minutes, enforcement_mode, soft_limit_value, soft_limit_percent, overage_allowed,
                   grace_period_hours, grace_period_end, created_at, updated_at
            FROM quotas
            WHERE organization_id = :organizationId
              AND (CAST(:tenantId AS text) IS NULL OR tenant_id = :tenantId)
              AND (CAST(:eventType AS text) IS NULL OR event_type = :eventType)
              AND (CAST(:afterId AS text) IS NULL
                   OR (created_at, id) < (CAST(:afterCreatedAt AS timestamptz), CAST(:afterId AS text)))
            ORDER BY created_at DESC, id DESC LIMIT :limit
            """)
    List<Row> list(
            String organizationId,
            @Nullable String tenantId,
            @Nullable String eventType,
            @Nullable OffsetDateTime afterCreatedAt,
            @Nullable String afterId,
            int limit);
}
