package io.tollgate.control.tenant;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import io.tollgate.metering.limit.EffectivePlan;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The tenants of all organizations. Each change is audited under its actor, and on return is applied at this instance
/// unless waiting for that was given up. Thread-safe.
public interface Tenants {
    /// How long a deleted tenant can be restored; then it is erased.
    Duration RESTORABLE = Duration.ofDays(30);

    /// A tenant that only events have made so far is taken over.
    TenantCreation create(Actor actor, OrganizationId organizationId, TenantDraft draft);

    TenantPage list(TenantQuery query);

    /// @param monthStart from when on a tenant is new
    TenantSummary summary(OrganizationId organizationId, Instant monthStart);

    /// Deleted ones too, until they are erased.
    Optional<Tenant> find(OrganizationId organizationId, TenantId id);

    /// The plan whose limits apply to `tenant` at `now`.
    EffectivePlan effectivePlan(Tenant tenant, Instant now);

    /// Those of the organizations that have a tenant of this id, two at most.
    List<OrganizationId> organizationsOf(TenantId id);

    TenantUpdate update(Actor actor, OrganizationId organizationId, TenantId id, TenantChange change);

    TenantUpdate changeStatus(Actor actor, OrganizationId organizationId, TenantId id, TenantStatus status);

    /// Its keys stop; see [#RESTORABLE]. Answers false if there is no such tenant, or it is deleted already.
    boolean delete(Actor actor, OrganizationId organizationId, TenantId id);

    TenantUpdate restore(Actor actor, OrganizationId organizationId, TenantId id);

    /// The tenant that the user acts for, made if there is none. Absent if there is no such organization.
    Optional<LinkedTenant> getOrCreate(Actor actor, OrganizationId organizationId, String userId, String email);

    /// Answers false if there is no such tenant.
    boolean link(Actor actor, OrganizationId organizationId, TenantId id, Optional<String> userId);

    /// A tenant that is deleted.
    record Deleted(OrganizationId organizationId, TenantId id) {}

    /// Tenants that were deleted before `time`, `limit` at most.
    List<Deleted> deletedBefore(Instant time, int limit);

    /// Erases the tenant with its keys, quotas, limits and metrics, if it was deleted before `deletedBefore` and is
    /// still.
    void erase(OrganizationId organizationId, TenantId id, Instant deletedBefore);
}
