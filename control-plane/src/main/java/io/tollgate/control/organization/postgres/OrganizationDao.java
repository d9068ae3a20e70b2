package io.tollgate.control.organization.postgres;

import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/// Statements on `organizations`.
@RegisterConstructorMapper(OrganizationDao.Row.class)
interface OrganizationDao {
    String COLUMNS = """
            id, name, email, time_zone, currency, mode, tax_rate, payment_terms_days, auto_invoice, adjustment_mode,
            expired_without_free_plan, plan_type, subscription_status, created_at, updated_at, deleted_at,
            deletion_scheduled_for
            FROM organizations WHERE id = :id
            """;

    /// A row as it stands in the table, but for what providers tell.
    record Row(
            String id,
            String name,
            String email,
            String timeZone,
            String currency,
            String mode,
            BigDecimal taxRate,
            int paymentTermsDays,
            String autoInvoice,
            String adjustmentMode,
            String expiredWithoutFreePlan,
            String planType,
            String subscriptionStatus,
            OffsetDateTime createdAt,
            @Nullable OffsetDateTime updatedAt,
            @Nullable OffsetDateTime deletedAt,
            @Nullable OffsetDateTime deletionScheduledFor) {}

    /// Fails if another organization has the slug.
    @SqlUpdate("""
            INSERT INTO organizations
                (id, name, slug, email, time_zone, currency, mode, plan_type, subscription_status, created_at)
            VALUES (:id, :name, :slug, :email, :timeZone, :currency, :mode, 'free', 'free', :createdAt)
            """)
    void insert(
            String id,
            String name,
            @Nullable String slug,
            String email,
            String timeZone,
            String currency,
            String mode,
            OffsetDateTime createdAt);

    /// Fails if another organization has the slug.
    @SqlUpdate("UPDATE organizations SET name = :name, slug = :slug, updated_at = :now WHERE id = :id")
    void rename(String id, String name, @Nullable String slug, OffsetDateTime now);

    /// Answers 0 if there is no such user.
    @SqlUpdate("""
            INSERT INTO members (organization_id, user_id, role, created_at, updated_at)
            SELECT :id, u.id, 'OWNER', :createdAt, :createdAt FROM users u WHERE u.id = :userId
            """)
    int addOwner(String id, String userId, OffsetDateTime createdAt);

    @SqlQuery("SELECT " + COLUMNS + " AND deleted_at IS NULL")
    Optional<Row> find(String id);

    /// Deleted or not; changes take turns until the transaction ends.
    @SqlQuery("SELECT " + COLUMNS + " FOR UPDATE")
    Optional<Row> lock(String id);

    @SqlUpdate("""
            UPDATE organizations SET
                name = :name, email = :email, time_zone = :timeZone, currency = :currency, tax_rate = :taxRate,
                payment_terms_days = :paymentTermsDays, auto_invoice = :autoInvoice, adjustment_mode = :adjustmentMode,
                expired_without_free_plan = :expiredWithoutFreePlan, updated_at = :updatedAt
            WHERE id = :id
            """)
    void update(@BindMethods Row row);

    @SqlUpdate("""
            UPDATE organizations SET deleted_at = :deletedAt, deletion_scheduled_for = :scheduledFor, updated_at = :now
            WHERE id = :id
            """)
    void mark(String id, @Nullable OffsetDateTime deletedAt, @Nullable OffsetDateTime scheduledFor, OffsetDateTime now);

    @SqlQuery(
            "SELECT id FROM organizations WHERE deletion_scheduled_for <= :now ORDER BY deletion_scheduled_for LIMIT :limit")
    List<String> due(OffsetDateTime now, int limit);

    @SqlUpdate("DELETE FROM rate_limits WHERE organization_id = :id")
    void eraseRateLimits(String id);

    @SqlUpdate("DELETE FROM price_models WHERE organization_id = :id")
    void erasePrices(String id);

    @SqlUpdate("DELETE FROM plan_limits WHERE organization_id = :id")
    void erasePlanLimits(String id);

    @SqlUpdate("DELETE FROM plans WHERE organization_id = :id")
    void erasePlans(String id);

    @SqlUpdate("DELETE FROM quotas WHERE organization_id = :id")
    void eraseQuotas(String id);

    @SqlUpdate("DELETE FROM metrics WHERE organization_id = :id")
    void eraseMetrics(String id);

    @SqlUpdate("DELETE FROM integration_credentials WHERE organization_id = :id")
    void eraseCredentials(String id);

    @SqlUpdate("DELETE FROM api_keys WHERE organization_id = :id")
    void eraseKeys(String id);

    @SqlUpdate("DELETE FROM invitations WHERE organization_id = :id")
    void eraseInvitations(String id);

    @SqlUpdate("DELETE FROM members WHERE organization_id = :id")
    void eraseMembers(String id);

    @SqlUpdate("DELETE FROM tenants WHERE organization_id = :id")
    void eraseTenants(String id);

    @SqlUpdate("""
            UPDATE organizations SET
                name = 'erased', email = '', slug = NULL, stripe_customer_id = NULL, stripe_subscription_id = NULL,
                stripe_price_id = NULL, deletion_scheduled_for = NULL, updated_at = :now
            WHERE id = :id
            """)
    void eraseNames(String id, OffsetDateTime now);
}
