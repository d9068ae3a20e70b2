package io.tollgate.control.plan.postgres;

import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/// Statements on `plan_limits`.
@RegisterConstructorMapper(PlanLimitDao.Row.class)
interface PlanLimitDao {
    /// A row as it stands in the table.
    record Row(
            String id,
            String organizationId,
            @Nullable String planId,
            @Nullable String tenantId,
            String metricName,
            BigDecimal limitValue,
            String limitPeriod,
            String breachOperator,
            String breachAction,
            List<String> webhookUrls,
            String metricType,
            String operation,
            OffsetDateTime createdAt,
            OffsetDateTime updatedAt) {}

    /// Whether another limit has the row's target.
    @SqlQuery("""
            SELECT EXISTS (
                SELECT FROM plan_limits
                WHERE organization_id = :organizationId AND id <> :id
                  AND plan_id IS NOT DISTINCT FROM :planId AND tenant_id IS NOT DISTINCT FROM :tenantId
                  AND metric_name = :metricName AND limit_period = :limitPeriod)
            """)
    boolean taken(@BindMethods Row row);

    @SqlUpdate("""
            INSERT INTO plan_limits
                (id, organization_id, plan_id, tenant_id, metric_name, limit_value, limit_period, breach_operator,
                 breach_action, webhook_urls, metric_type, operation, created_at, updated_at)
            VALUES
                (:id, :organizationId, :planId, :tenantId, :metricName, :limitValue, :limitPeriod, :breachOperator,
                 :breachAction, :webhookUrls, :metricType, :operation, :createdAt, :updatedAt)
            """)
    void insert(@BindMethods Row row);

    @SqlUpdate("""
            UPDATE plan_limits SET
                plan_id = :planId, tenant_id = :tenantId, metric_name = :metricName, limit_value = :limitValue,
                limit_period = :limitPeriod, breach_operator = :breachOperator, breach_action = :breachAction,
                webhook_urls = :webhookUrls, metric_type = :metricType, operation = :operation,
                updated_at = :updatedAt
            WHERE id = :id
            """)
    void update(@BindMethods Row row);

    @SqlUpdate("DELETE FROM plan_limits WHERE organization_id = :organizationId AND id = :id")
    int delete(String organizationId, String id);

    @SqlQuery("""
            SELECT id, organization_id, plan_id, tenant_id, metric_name, limit_value, limit_period, breach_operator,
                   breach_action, webhook_urls, metric_type, operation, created_at, updated_at
            FROM plan_limits WHERE organization_id = :organizationId AND id = :id
            """)
    Optional<Row> find(String organizationId, String id);

    @SqlQuery("""
            SELECT id, organization_id, plan_id, tenant_id, metric_name, limit_value, limit_period, breach_operator,
                   breach_action, webhook_urls, metric_type, operation, created_at, updated_at
            FROM plan_limits
            WHERE organization_id = :organizationId
              AND (CAST(:planId AS text) IS NULL OR plan_id = :planId)
              AND (CAST(:tenantId AS text) IS NULL OR tenant_id = :tenantId)
              AND (CAST(:metricName AS text) IS NULL OR metric_name = :metricName)
              AND (CAST(:afterId AS text) IS NULL
                   OR (created_at, id) < (CAST(:afterCreatedAt AS timestamptz), CAST(:afterId AS text)))
            ORDER BY created_at DESC, id DESC LIMIT CAST(:limit AS integer)
            """)
    List<Row> list(
            String organizationId,
            @Nullable String planId,
            @Nullable String tenantId,
            @Nullable String metricName,
            @Nullable OffsetDateTime afterCreatedAt,
            @Nullable String afterId,
            @Nullable Integer limit);
}
