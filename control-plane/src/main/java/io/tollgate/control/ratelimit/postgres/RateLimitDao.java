package io.tollgate.control.ratelimit.postgres;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/// Statements on `rate_limits`.
@RegisterConstructorMapper(RateLimitDao.Row.class)
interface RateLimitDao {
    /// A row as it stands in the table.
    record Row(
            String id,
            String organizationId,
            @Nullable String apiKeyId,
            @Nullable Integer requestsPerSecond,
            @Nullable Integer requestsPerMinute,
            @Nullable Integer requestsPerHour,
            @Nullable Integer burstLimit,
            List<String> appliesTo,
            OffsetDateTime createdAt,
            OffsetDateTime updatedAt) {}

    /// Makes changes of the organization's rate limits take turns until the transaction ends. Absent if there is no
    /// such
    /// organization.
    @SqlQuery("SELECT id FROM organizations WHERE id = :organizationId AND deleted_at IS NULL FOR NO KEY UPDATE")
    Optional<String> lockOrganization(String organizationId);

    @SqlQuery("""
            SELECT EXISTS (SELECT FROM api_keys
                           WHERE organization_id = :organizationId AND id = :keyId AND revoked_at IS NULL)
            """)
    boolean keyExists(String organizationId, String keyId);

    /// Whether another rate limit has the row's target.
    @SqlQuery("""
            SELECT EXISTS (SELECT FROM rate_limits
                           WHERE organization_id = :organizationId AND id <> :id
                             AND api_key_id IS NOT DISTINCT FROM :apiKeyId)
            """)
    boolean taken(@BindMethods Row row);

    @SqlUpdate("""
            INSERT INTO rate_limits
                (id, organization_id, api_key_id, requests_per_second, requests_per_minute, requests_per_hour,
                 burst_limit, applies_to, created_at, updated_at)
            VALUES
                (:id, :organizationId, :apiKeyId, :requestsPerSecond, :requestsPerMinute, :requestsPerHour,
                 :burstLimit, :appliesTo, :createdAt, :updatedAt)
            """)
    void insert(@BindMethods Row row);

    @SqlUpdate("""
            UPDATE rate_limits SET
                api_key_id = :apiKeyId, requests_per_second = :requestsPerSecond,
                requests_per_minute = :requestsPerMinute, requests_per_hour = :requestsPerHour,
                burst_limit = :burstLimit, applies_to = :appliesTo, updated_at = :updatedAt
            WHERE id = :id
            """)
    void update(@BindMethods Row row);

    @SqlUpdate("DELETE FROM rate_limits WHERE organization_id = :organizationId AND id = :id")
    int delete(String organizationId, String id);

    @SqlQuery("""
            SELECT id, organization_id, api_key_id, requests_per_second, requests_per_minute, requests_per_hour,
                   burst_limit, applies_to, created_at, updated_at
            FROM rate_limits WHERE organization_id = :organizationId AND id = :id
            """)
    Optional<Row> find(String organizationId, String id);

    @SqlQuery("""
            SELECT id, organization_id, api_key_id, requests_per_second, requests_per_minute, requests_per_hour,
                   burst_limit, applies_to, created_at, updated_at
            FROM rate_limits
            WHERE organization_id = :organizationId
              AND (CAST(:afterId AS text) IS NULL
                   OR (created_at, id) < (CAST(:afterCreatedAt AS timestamptz), CAST(:afterId AS text)))
            ORDER BY created_at DESC, id DESC LIMIT :limit
            """)
    List<Row> list(String organizationId, @Nullable OffsetDateTime afterCreatedAt, @Nullable String afterId, int limit);
}
