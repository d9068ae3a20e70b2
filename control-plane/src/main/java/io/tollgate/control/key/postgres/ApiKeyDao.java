package io.tollgate.control.key.postgres;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/// Statements on `api_keys`.
@RegisterConstructorMapper(ApiKeyDao.Row.class)
interface ApiKeyDao {
    /// A row as it stands in the table.
    record Row(
            String id,
            String organizationId,
            String keyName,
            String keyHash,
            String keyPrefix,
            OffsetDateTime createdAt) {}

    /// Makes changes of one organization's keys take turns until the transaction ends. Absent if there is no such
    /// organization.
    @SqlQuery("SELECT id FROM organizations WHERE id = :organizationId AND deleted_at IS NULL FOR UPDATE")
    Optional<String> lockOrganization(String organizationId);

    @SqlQuery("SELECT count(*) > 0 FROM organizations WHERE id = :organizationId AND deleted_at IS NULL")
    boolean organizationExists(String organizationId);

    @SqlQuery("""
            SELECT id, organization_id, key_name, key_hash, key_prefix, created_at
            FROM api_keys
            WHERE organization_id = :organizationId AND key_type = 'business' AND revoked_at IS NULL
            ORDER BY created_at DESC, id
            """)
    List<Row> active(String organizationId);

    @SqlUpdate("""
            INSERT INTO api_keys
                (id, organization_id, kind, key_type, key_name, key_hash, key_prefix, created_at)
            VALUES (:id, :organizationId, 'organization', 'business', :keyName, :keyHash, :keyPrefix, :createdAt)
            """)
    void insert(@BindMethods Row row);

    @SqlUpdate("UPDATE api_keys SET revoked_at = :revokedAt WHERE id = :id AND revoked_at IS NULL")
    void revoke(String id, OffsetDateTime revokedAt);
}
