package io.tollgate.control.plan.postgres;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/// Statements on `plans`.
@RegisterConstructorMapper(PlanDao.Row.class)
interface PlanDao {
    /// A row as it stands in the table.
    record Row(
            String organizationId,
            String id,
            String planName,
            @Nullable String stripePriceId,
            int machines,
            @Nullable String dockerImage,
            OffsetDateTime createdAt,
            OffsetDateTime updatedAt) {}

    /// Makes changes of the organization's plans and limits take turns until the transaction ends. Absent if there is
    /// no
    /// such organization.
    @SqlQuery("SELECT id FROM organizations WHERE id = :organizationId AND deleted_at IS NULL FOR NO KEY UPDATE")
    Optional<String> lockOrganization(String organizationId);

    /// Plans that have something that the given one may not share with them, the strongest reason first.
    @SqlQuery("""
            SELECT CASE WHEN id = :id THEN 'ID' WHEN plan_name = :planName THEN 'NAME'
                        WHEN stripe_price_id = :stripePriceId THEN 'PRICE' ELSE 'FREE' END AS what
            FROM plans
            WHERE organization_id = :organizationId
              AND ((:create AND id = :id)
                   OR (id <> :id AND (plan_name = :planName
                                      OR stripe_price_id = :stripePriceId
                                      OR (stripe_price_id IS NULL AND CAST(:stripePriceId AS text) IS NULL))))
            ORDER BY array_position(ARRAY['ID', 'FREE', 'NAME', 'PRICE'],
                        CASE WHEN id = :id THEN 'ID' WHEN plan_name = :planName THEN 'NAME'
                             WHEN stripe_price_id = :stripePriceId THEN 'PRICE' ELSE 'FREE' END)
            LIMIT 1
            """)
    Optional<String> taken(@BindMethods Row row, boolean create);

    @SqlUpdate("""
            INSERT INTO plans
                (organization_id, id, plan_name, stripe_price_id, machines, docker_image, created_at, updated_at)
            VALUES (:organizationId, :id, :planName, :stripePriceId, :machines, :dockerImage, :createdAt, :updatedAt)
            """)
    void insert(@BindMethods Row row);

    @SqlUpdate("""
            UPDATE plans SET plan_name = :planName, stripe_price_id = :stripePriceId, machines = :machines,
                             docker_image = :dockerImage, updated_at = :updatedAt
            WHERE organization_id = :organizationId AND id = :id
            """)
    void update(@BindMethods Row row);

    /// Lets tenants that named a plan by its former name name it by its id; where that name is the id of a plan, they
    /// never meant this one.
    @SqlUpdate("""
            UPDATE tenants SET plan_ref = :id, updated_at = :now
            WHERE organization_id = :organizationId AND plan_ref = :formerName
              AND NOT EXISTS (SELECT FROM plans p
                              WHERE p.organization_id = tenants.organization_id AND p.id = :formerName)
            """)
    void keepTenants(String organizationId, String id, String formerName, OffsetDateTime now);

    /// Tenants, deleted ones aside, that are on the plan by its id or its name.
    @SqlQuery("""
            SELECT count(*) FROM tenants
            WHERE organization_id = :organizationId AND status <> 'DELETED'
              AND (plan_ref = :id
                   OR (plan_ref = :planName
                       AND NOT EXISTS (SELECT FROM plans p
                                       WHERE p.organization_id = tenants.organization_id AND p.id = :planName)))
            """)
    long tenantsOn(String organizationId, String id, String planName);

    @SqlUpdate("DELETE FROM plans WHERE organization_id = :organizationId AND id = :id")
    int delete(String organizationId, String id);

    @SqlQuery("""
            SELECT organization_id, id, plan_name, stripe_price_id, machines, docker_image, created_at, updated_at
            FROM plans WHERE organization_id = :organizationId AND id = :id
            """)
    Optional<Row> find(String organizationId, String id);

    /// The plan with this id, else the one with this name.
    @SqlQuery("""
            SELECT id FROM plans WHERE organization_id = :organizationId AND (id = :ref OR plan_name = :ref)
            ORDER BY (id = :ref) DESC LIMIT 1
            """)
    Optional<String> resolve(String organizationId, String ref);

    @SqlQuery("""
            SELECT organization_id, id, plan_name, stripe_price_id, machines, docker_image, created_at, updated_at
            FROM plans
            WHERE organization_id = :organizationId
              AND (CAST(:afterId AS text) IS NULL
                   OR (created_at, id) < (CAST(:afterCreatedAt AS timestamptz), CAST(:afterId AS text)))
            ORDER BY created_at DESC, id DESC LIMIT CAST(:limit AS integer)
            """)
    List<Row> list(
            String organizationId,
            @Nullable OffsetDateTime afterCreatedAt,
            @Nullable String afterId,
            @Nullable Integer limit);
}
