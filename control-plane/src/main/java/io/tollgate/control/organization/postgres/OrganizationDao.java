package io.tollgate.control.organization.postgres;

import java.time.OffsetDateTime;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/// Statements on `organizations`.
@RegisterConstructorMapper(OrganizationDao.Row.class)
interface OrganizationDao {
    /// A row as it stands in the table.
    record Row(
            String id,
            String name,
            String email,
            String timeZone,
            String currency,
            String mode,
            OffsetDateTime createdAt) {}

    @SqlUpdate("""
            INSERT INTO organizations
                (id, name, email, time_zone, currency, mode, plan_type, subscription_status, created_at)
            VALUES (:id, :name, :email, :timeZone, :currency, :mode, 'free', 'free', :createdAt)
            """)
    void insert(@BindMethods Row row);

    @SqlQuery("""
            SELECT id, name, email, time_zone, currency, mode, created_at
            FROM organizations WHERE id = :id AND deleted_at IS NULL
            """)
    Optional<Row> find(String id);
}
