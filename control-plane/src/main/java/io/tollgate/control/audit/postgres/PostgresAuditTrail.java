package io.tollgate.control.audit.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import io.tollgate.control.audit.AuditEntry;
import io.tollgate.control.audit.AuditPage;
import io.tollgate.control.audit.AuditQuery;
import io.tollgate.control.audit.AuditTrail;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/// The table `audit_logs`.
public final class PostgresAuditTrail implements AuditTrail {
    private static final JsonMapper JSON = new JsonMapper();

    private final Jdbi jdbi;

    /// @param jdbi with the PostgreSQL plugin
    public PostgresAuditTrail(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /// Writes `entry` in the transaction of `handle`, which makes the change.
    public static void record(Handle handle, AuditEntry entry) {
        handle.createUpdate("""
                        INSERT INTO audit_logs
                            (id, organization_id, actor_id, action, resource_type, resource_id, details, request_id,
                             created_at)
                        VALUES
                            (:id, :organizationId, :actorId, :action, :resourceType, :resourceId, :details::jsonb,
                             :requestId, :createdAt)
                        """)
                .bind("id", entry.id())
                .bind(
                        "organizationId",
                        entry.organizationId().map(OrganizationId::value).orElse(null))
                .bind("actorId", entry.actor().id())
                .bind("action", entry.action())
                .bind("resourceType", entry.resourceType())
                .bind("resourceId", entry.resourceId())
                .bind("details", entry.details().toString())
                .bind("requestId", entry.actor().requestId().orElse(null))
                .bind("createdAt", entry.at().atOffset(ZoneOffset.UTC))
                .execute();
    }

    @Override
    public AuditPage list(AuditQuery query) {
        List<AuditEntry> found = jdbi.withHandle(handle -> handle.createQuery("""
                        SELECT id, organization_id, actor_id, action, resource_type, resource_id, details::text AS details,
                               request_id, created_at
                        FROM audit_logs
                        WHERE (:organizationId::text IS NULL OR organization_id = :organizationId)
                          AND (:action::text IS NULL OR action = :action)
                          AND (:actorId::text IS NULL OR actor_id = :actorId)
                          AND (:from::timestamptz IS NULL OR created_at >= :from)
                          AND (:to::timestamptz IS NULL OR created_at < :to)
                          AND (:afterAt::timestamptz IS NULL OR (created_at, id) < (:afterAt, :afterId::uuid))
                        ORDER BY created_at DESC, id DESC LIMIT :limit
                        """)
                .bind(
                        "organizationId",
                        query.organizationId().map(OrganizationId::value).orElse(null))
                .bind("action", query.action().orElse(null))
                .bind("actorId", query.actorId().orElse(null))
                .bind("from", utc(query.from()))
                .bind("to", utc(query.to()))
                .bind("afterAt", utc(query.after().map(TimeCursor::at)))
                .bind("afterId", query.after().map(TimeCursor::id).orElse(null))
                .bind("limit", query.limit() + 1)
                .map((rows, context) -> fromRow(rows))
                .list());
        if (found.size() <= query.limit()) {
            return new AuditPage(found, Optional.empty());
        }
        List<AuditEntry> shown = found.subList(0, query.limit());
        AuditEntry last = shown.getLast();
        return new AuditPage(
                shown, Optional.of(new TimeCursor(last.at(), last.id().toString())));
    }

    private static AuditEntry fromRow(ResultSet row) throws SQLException {
        return new AuditEntry(
                row.getObject("id", UUID.class),
                new Actor(row.getString("actor_id"), Optional.ofNullable(row.getString("request_id"))),
                Optional.ofNullable(row.getString("organization_id")).map(OrganizationId::new),
                row.getString("action"),
                row.getString("resource_type"),
                row.getString("resource_id"),
                details(row.getString("details")),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }

    private static ObjectNode details(String json) {
        try {
            return (ObjectNode) JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL keeps no JSON that is none", e);
        }
    }

    private static @Nullable OffsetDateTime utc(Optional<Instant> instant) {
        return instant.map(at -> at.atOffset(ZoneOffset.UTC)).orElse(null);
    }
}
