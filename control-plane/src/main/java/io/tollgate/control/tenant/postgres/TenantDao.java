package io.tollgate.control.tenant.postgres;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/// Statements on `tenants`. Every change that is made here sets the origin, so that gateways learn of the tenant.
@RegisterConstructorMapper(TenantDao.Row.class)
interface TenantDao {
    String COLUMNS = """
            organization_id, tenant_id, name, status, origin, email, description, metadata::text AS metadata, plan_ref,
            stripe_price_id, stripe_customer_id, subscription_ends_at, user_id, created_at, updated_at, deleted_at
            """;

    /// A row as it stands in the table, but for what providers tell.
    record Row(
            String organizationId,
            String tenantId,
            String name,
            String status,
            String origin,
            @Nullable String email,
            @Nullable String description,
            @Nullable String metadata,
            @Nullable String planRef,
            @Nullable String stripePriceId,
            @Nullable String stripeCustomerId,
            @Nullable OffsetDateTime subscriptionEndsAt,
            @Nullable String userId,
            OffsetDateTime createdAt,
            @Nullable OffsetDateTime updatedAt,
            @Nullable OffsetDateTime deletedAt) {}

    /// Keeps the organization from being deleted until the transaction ends. Absent if there is no such organization.
    @SqlQuery("SELECT id FROM organizations WHERE id = :organizationId AND deleted_at IS NULL FOR SHARE")
    Optional<String> holdOrganization(String organizationId);

    /// Makes changes of one user's tenants take turns until the transaction ends.
    @SqlQuery("SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended(:organizationId || '/' || :userId, 0))) l")
    int lockUser(String organizationId, String userId);

    @SqlQuery("SELECT " + COLUMNS + " FROM tenants WHERE organization_id = :organizationId AND tenant_id = :tenantId")
    Optional<Row> find(String organizationId, String tenantId);

    /// As [#find]; changes of the tenant take turns until the transaction ends.
    @SqlQuery("SELECT " + COLUMNS
            + " FROM tenants WHERE organization_id = :organizationId AND tenant_id = :tenantId FOR UPDATE")
    Optional<Row> lock(String organizationId, String tenantId);

    /// Answers 0 if the tenant exists.
    @SqlUpdate("""
            INSERT INTO tenants
                (organization_id, tenant_id, name, status, origin, email, description, metadata, plan_ref,
                 stripe_price_id, stripe_customer_id, subscription_ends_at, user_id, created_at, updated_at)
            VALUES
                (:organizationId, :tenantId, :name, :status, 'api', :email, :description, :metadata::jsonb, :planRef,
                 :stripePriceId, :stripeCustomerId, :subscriptionEndsAt, :userId, :createdAt, :updatedAt)
            ON CONFLICT (organization_id, tenant_id) DO NOTHING
            """)
    int insert(@BindMethods Row row);

    @SqlUpdate("""
            UPDATE tenants SET
                name = :name, status = :status, origin = 'api', email = :email, description = :description,
                metadata = :metadata::jsonb, plan_ref = :planRef, stripe_price_id = :stripePriceId,
                stripe_customer_id = :stripeCustomerId, subscription_ends_at = :subscriptionEndsAt, user_id = :userId,
                updated_at = :updatedAt, deleted_at = :deletedAt
            WHERE organization_id = :organizationId AND tenant_id = :tenantId
            """)
    void update(@BindMethods Row row);

    @SqlQuery("SELECT " + COLUMNS + """
             FROM tenants
            WHERE organization_id = :organizationId
              AND (:status::text IS NULL OR status = :status)
              AND (:search::text IS NULL OR name ILIKE :search OR tenant_id ILIKE :search)
              AND (:afterAt::timestamptz IS NULL OR (created_at, tenant_id) < (:afterAt, :afterId COLLATE "C"))
            ORDER BY created_at DESC, tenant_id DESC LIMIT :limit
            """)
    List<Row> list(
            String organizationId,
            @Nullable String status,
            @Nullable String search,
            @Nullable OffsetDateTime afterAt,
            @Nullable String afterId,
            @Nullable Integer limit);

    /// How many there are.
    record Counts(long active, long suspended, long deleted, long newcomers) {}

    @RegisterConstructorMapper(Counts.class)
    @SqlQuery("""
            SELECT count(*) FILTER (WHERE status = 'ACTIVE') AS active,
                   count(*) FILTER (WHERE status = 'SUSPENDED') AS suspended,
                   count(*) FILTER (WHERE status = 'DELETED') AS deleted,
                   count(*) FILTER (WHERE created_at >= :monthStart) AS newcomers
            FROM tenants WHERE organization_id = :organizationId
            """)
    Counts count(String organizationId, OffsetDateTime monthStart);

    @SqlQuery("""
            SELECT tenant_id FROM tenants
            WHERE organization_id = :organizationId AND user_id = :userId AND status <> 'DELETED'
            ORDER BY created_at, tenant_id LIMIT 1
            """)
    Optional<String> ofUser(String organizationId, String userId);

    @SqlQuery("SELECT organization_id FROM tenants WHERE tenant_id = :tenantId ORDER BY organization_id LIMIT :limit")
    List<String> organizationsOf(String tenantId, int limit);

    /// What is to be erased.
    record Due(String organizationId, String tenantId) {}

    @RegisterConstructorMapper(Due.class)
    @SqlQuery("""
            SELECT organization_id, tenant_id FROM tenants WHERE status = 'DELETED' AND deleted_at < :time LIMIT :limit
            """)
    List<Due> deletedBefore(OffsetDateTime time, int limit);

    @SqlUpdate("""
            DELETE FROM rate_limits WHERE api_key_id IN
                (SELECT id FROM api_keys WHERE organization_id = :organizationId AND tenant_id = :tenantId)
            """)
    void eraseRateLimits(String organizationId, String tenantId);

    @SqlUpdate("DELETE FROM api_keys WHERE organization_id = :organizationId AND tenant_id = :tenantId")
    void eraseKeys(String organizationId, String tenantId);

    @SqlUpdate("DELETE FROM quotas WHERE organization_id = :organizationId AND tenant_id = :tenantId")
    void eraseQuotas(String organizationId, String tenantId);

    @SqlUpdate("DELETE FROM plan_limits WHERE organization_id = :organizationId AND tenant_id = :tenantId")
    void eraseLimits(String organizationId, String tenantId);

    @SqlUpdate("DELETE FROM metrics WHERE organization_id = :organizationId AND subject = 'tenant:' || :tenantId")
    void eraseMetrics(String organizationId, String tenantId);

    @SqlUpdate("DELETE FROM tenants WHERE organization_id = :organizationId AND tenant_id = :tenantId")
    void erase(String organizationId, String tenantId);
}
