package io.tollgate.control.credential.postgres;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/// Statements on `integration_credentials`. A credential that is deleted is erased: nobody needs its secrets any more.
@RegisterConstructorMapper(CredentialDao.Row.class)
interface CredentialDao {
    String COLUMNS = "id, organization_id, key_type, key_name, ciphertext, created_at, updated_at"
            + " FROM integration_credentials WHERE deleted_at IS NULL";

    /// A row as it stands in the table.
    @SuppressWarnings("ArrayRecordComponent") // Carries bytes from and to the table, and is never compared.
    record Row(
            String id,
            String organizationId,
            String keyType,
            String keyName,
            byte[] ciphertext,
            OffsetDateTime createdAt,
            OffsetDateTime updatedAt) {}

    /// Makes changes of one organization's credentials take turns until the transaction ends. Absent if there is no
    /// such organization.
    @SqlQuery("SELECT id FROM organizations WHERE id = :organizationId AND deleted_at IS NULL FOR UPDATE")
    Optional<String> lockOrganization(String organizationId);

    @SqlQuery("SELECT " + COLUMNS + " AND organization_id = :organizationId ORDER BY created_at DESC, id")
    List<Row> active(String organizationId);

    @SqlUpdate("""
            INSERT INTO integration_credentials
                (id, organization_id, key_type, key_name, ciphertext, created_at, updated_at)
            VALUES (:id, :organizationId, :keyType, :keyName, :ciphertext, :createdAt, :updatedAt)
            """)
    void insert(@BindMethods Row row);

    @SqlUpdate("UPDATE integration_credentials SET ciphertext = :ciphertext, updated_at = :updatedAt WHERE id = :id")
    void update(String id, byte[] ciphertext, OffsetDateTime updatedAt);

    @SqlUpdate("DELETE FROM integration_credentials WHERE id = :id")
    void delete(String id);

    @SqlQuery("SELECT " + COLUMNS + " AND id > :after ORDER BY id LIMIT :limit FOR UPDATE")
    List<Row> lockAfter(String after, int limit);
}
