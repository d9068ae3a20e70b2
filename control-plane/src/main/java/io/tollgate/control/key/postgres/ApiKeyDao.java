package io.tollgate.control.key.postgres;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/// Statements on `api_keys`.
@RegisterConstructorMapper(ApiKeyDao.Row.class)
interface ApiKeyDao {
    String COLUMNS = """
            k.id, k.organization_id, k.kind, k.key_type, k.tenant_id, k.key_name, k.key_hash, k.key_prefix,
            k.permissions, k.expires_at, k.allowed_cidrs, k.created_at, k.revoked_at, k.replaced_by, u.last_used_at
            FROM api_keys k LEFT JOIN api_key_uses u ON u.key_id = k.id
            """;

    /// A row as it stands in the table, with when the key was last used.
    record Row(
            String id,
            String organizationId,
            String kind,
            String keyType,
            @Nullable String tenantId,
            String keyName,
            String keyHash,
            String keyPrefix,
            List<String> permissions,
            @Nullable OffsetDateTime expiresAt,
            List<String> allowedCidrs,
            OffsetDateTime createdAt,
            @Nullable OffsetDateTime revokedAt,
            @Nullable String replacedBy,
            @Nullable OffsetDateTime lastUsedAt) {}

    /// Makes changes of one organization's keys take turns until the transaction ends. Absent if there is no such
    /// organization.
    @SqlQuery("SELECT id FROM organizations WHERE id = :organizationId AND deleted_at IS NULL FOR UPDATE")
    Optional<String> lockOrganization(String organizationId);

    /// Keeps the organization from being deleted until the transaction ends. Absent if there is no such organization.
    @SqlQuery("SELECT id FROM organizations WHERE id = :organizationId AND deleted_at IS NULL FOR SHARE")
    Optional<String> holdOrganization(String organizationId);

    /// Makes changes of one tenant's keys take turns until the transaction ends. Absent if there is no such tenant.
    @SqlQuery("""
            SELECT tenant_id FROM tenants
            WHERE organization_id = :organizationId AND tenant_id = :tenantId AND status <> 'DELETED' FOR UPDATE
            """)
    Optional<String> lockTenant(String organizationId, String tenantId);

    @SqlQuery("SELECT count(*) > 0 FROM organizations WHERE id = :organizationId AND deleted_at IS NULL")
    boolean organizationExists(String organizationId);

    @SqlQuery("""
            SELECT count(*) > 0 FROM tenants
            WHERE organization_id = :organizationId AND tenant_id = :tenantId AND status <> 'DELETED'
            """)
    boolean tenantExists(String organizationId, String tenantId);

    @SqlQuery("SELECT " + COLUMNS + """
            WHERE k.organization_id = :organizationId AND k.kind = :kind AND k.revoked_at IS NULL
              AND k.tenant_id IS NOT DISTINCT FROM :tenantId
            ORDER BY k.created_at DESC, k.id
            """)
    List<Row> active(String organizationId, String kind, @Nullable String tenantId);

    @SqlQuery("""
            SELECT count(*) > 0 FROM api_keys
            WHERE organization_id = :organizationId AND kind = 'tenant' AND key_name = :keyName AND revoked_at IS NULL
            """)
    boolean anyTenantHas(String organizationId, String keyName);

    @SqlUpdate("""
            INSERT INTO api_keys
                (id, organization_id, kind, key_type, tenant_id, key_name, key_hash, key_prefix, permissions, expires_at,
                 allowed_cidrs, created_at)
            VALUES
                (:id, :organizationId, :kind, :keyType, :tenantId, :keyName, :keyHash, :keyPrefix, :permissions,
                 :expiresAt, :allowedCidrs, :createdAt)
            """)
    void insert(@BindMethods Row row);

    @SqlUpdate("UPDATE api_keys SET revoked_at = :revokedAt WHERE id = :id AND revoked_at IS NULL")
    int revoke(String id, OffsetDateTime revokedAt);

    @SqlQuery("SELECT " + COLUMNS + """
            WHERE k.organization_id = :organizationId AND k.kind = 'scoped'
              AND (:includeRevoked OR k.revoked_at IS NULL)
              AND (:afterAt::timestamptz IS NULL OR (k.created_at, k.id) < (:afterAt, :afterId COLLATE "C"))
            ORDER BY k.created_at DESC, k.id DESC LIMIT :limit
            """)
    List<Row> scoped(
            String organizationId,
            boolean includeRevoked,
            @Nullable OffsetDateTime afterAt,
            @Nullable String afterId,
            int limit);

    @SqlQuery("SELECT " + COLUMNS + " WHERE k.organization_id = :organizationId AND k.kind = 'scoped' AND k.id = :id")
    Optional<Row> findScoped(String organizationId, String id);

    /// As [#findScoped]; changes of the key take turns until the transaction ends.
    @SqlQuery("SELECT " + COLUMNS
            + " WHERE k.organization_id = :organizationId AND k.kind = 'scoped' AND k.id = :id FOR UPDATE OF k")
    Optional<Row> lockScoped(String organizationId, String id);

    @SqlUpdate("UPDATE api_keys SET replaced_by = :replacedBy, expires_at = :expiresAt WHERE id = :id")
    void replaceLater(String id, String replacedBy, OffsetDateTime expiresAt);

    @SqlUpdate("UPDATE api_keys SET replaced_by = :replacedBy, revoked_at = :revokedAt WHERE id = :id")
    void replaceNow(String id, String replacedBy, OffsetDateTime revokedAt);

    @SqlQuery("SELECT " + COLUMNS + " WHERE k.organization_id = :organizationId AND k.key_hash = :keyHash")
    Optional<Row> byHash(String organizationId, String keyHash);
}
