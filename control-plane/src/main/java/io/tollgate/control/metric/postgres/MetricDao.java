package io.tollgate.control.metric.postgres;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/// Statements on `metrics` and what goes with them.
@RegisterConstructorMapper(MetricDao.Row.class)
interface MetricDao {
    /// A row as it stands in the table; objects are JSON.
    record Row(
            String organizationId,
            String subject,
            String name,
            String operation,
            String metricType,
            int flushSeconds,
            int batchSeconds,
            @Nullable Long cleanupSeconds,
            BigDecimal initialValue,
            @Nullable BigDecimal limitValue,
            String limitOperator,
            String breachAction,
            String limitPeriod,
            String tags,
            String metadata,
            @Nullable Integer retentionDays,
            OffsetDateTime createdAt) {}

    /// The organization's edition; keeps the organization from being deleted until the transaction ends. Absent if
    /// there
    /// is no such organization.
    @SqlQuery("SELECT plan_type FROM organizations WHERE id = :organizationId AND deleted_at IS NULL FOR SHARE")
    Optional<String> holdOrganization(String organizationId);

    @SqlUpdate("""
            INSERT INTO tenants (organization_id, tenant_id, name, status, origin, created_at)
            VALUES (:organizationId, :tenantId, :tenantId, 'ACTIVE', 'api', :now)
            ON CONFLICT (organization_id, tenant_id) DO NOTHING
            """)
    int insertTenant(String organizationId, String tenantId, OffsetDateTime now);

    @SqlQuery("SELECT status FROM tenants WHERE organization_id = :organizationId AND tenant_id = :tenantId")
    Optional<String> tenantStatus(String organizationId, String tenantId);

    /// Answers 0 if the metric has a row.
    @SqlUpdate("""
            INSERT INTO metrics
                (organization_id, subject, name, operation, metric_type, flush_seconds, batch_seconds, cleanup_seconds,
                 initial_value, limit_value, limit_operator, breach_action, limit_period, tags, metadata,
                 retention_days, created_at)
            VALUES
                (:organizationId, :subject, :name, :operation, :metricType, :flushSeconds, :batchSeconds,
                 :cleanupSeconds, :initialValue, :limitValue, :limitOperator, :breachAction, :limitPeriod,
                 CAST(:tags AS jsonb), CAST(:metadata AS jsonb), :retentionDays, :createdAt)
            ON CONFLICT (organization_id, subject, name) DO NOTHING
            """)
    int insert(@BindMethods Row row);

    /// Counts one more creation of the day; answers 0 if that would be more than `creationsMax`.
    @SqlUpdate("""
            INSERT INTO metric_creations AS c (organization_id, day, creations) VALUES (:organizationId, :day, 1)
            ON CONFLICT (organization_id) DO UPDATE
                SET day = excluded.day, creations = CASE WHEN c.day = excluded.day THEN c.creations + 1 ELSE 1 END
                WHERE c.day <> excluded.day OR c.creations < :creationsMax
            """)
    int countCreation(String organizationId, LocalDate day, int creationsMax);

    @SqlUpdate("""
            DELETE FROM metrics WHERE organization_id = :organizationId AND subject = :subject AND name = :name
            """)
    int delete(String organizationId, String subject, String name);

    @SqlUpdate("""
            INSERT INTO counter_cuts (id, organization_id, subject, kind, meter, cause, created_at)
            VALUES (:id, :organizationId, :subject, 'METER_DELETED', :name, CAST(:id AS text), :now)
            """)
    void cut(UUID id, String organizationId, String subject, String name, OffsetDateTime now);

    @SqlQuery("""
            SELECT organization_id, subject, name, operation, metric_type, flush_seconds, batch_seconds,
                   cleanup_seconds, initial_value, limit_value, limit_operator, breach_action, limit_period, tags,
                   metadata, retention_days, created_at
            FROM metrics WHERE organization_id = :organizationId AND subject = :subject AND name = :name
            """)
    Optional<Row> find(String organizationId, String subject, String name);
}
