package io.tollgate.control.audit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Actor;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// One change.
///
/// @param organizationId whose thing was changed; absent for the installation's
/// @param action what was done, such as `delete_key`
/// @param resourceType kind of the thing, such as `key`
/// @param resourceId which one
/// @param details what changed, where useful with `before` and `after`; never a secret
/// @param at with microseconds
public record AuditEntry(
        UUID id,
        Actor actor,
        Optional<OrganizationId> organizationId,
        String action,
        String resourceType,
        String resourceId,
        ObjectNode details,
        Instant at) {
    /// A new entry without details.
    public static AuditEntry of(
            Actor actor,
            OrganizationId organizationId,
            String action,
            String resourceType,
            String resourceId,
            Instant at) {
        return new AuditEntry(
                UUID.randomUUID(),
                actor,
                Optional.of(organizationId),
                action,
                resourceType,
                resourceId,
                JsonNodeFactory.instance.objectNode(),
                at);
    }

    public AuditEntry with(ObjectNode more) {
        return new AuditEntry(id, actor, organizationId, action, resourceType, resourceId, more, at);
    }
}
