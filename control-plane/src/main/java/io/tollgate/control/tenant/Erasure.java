package io.tollgate.control.tenant;

import io.tollgate.contract.OrganizationId;
import io.tollgate.control.organization.Organizations;
import io.tollgate.control.organization.OwnedData;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Erases deleted organizations and tenants when nobody can restore them any more, with all that belongs to them.
public final class Erasure {
    /// Organizations or tenants that are looked for at once; the rest follows in the same run.
    private static final int AT_ONCE = 100;

    private final Organizations organizations;
    private final Tenants tenants;
    private final OwnedData owned;
    private final InstantSource clock;

    public Erasure(Organizations organizations, Tenants tenants, OwnedData owned, InstantSource clock) {
        this.organizations = organizations;
        this.tenants = tenants;
        this.owned = owned;
        this.clock = clock;
    }

    /// What is due now. What belongs to others goes first: if that fails, the next run finds the rest.
    public void run() {
        Instant now = clock.instant();
        List<OrganizationId> organizationsDue = organizations.due(now, AT_ONCE);
        while (!organizationsDue.isEmpty()) {
            for (OrganizationId id : organizationsDue) {
                owned.erase(id, Optional.empty());
                organizations.erase(id);
            }
            organizationsDue = organizations.due(now, AT_ONCE);
        }
        Instant deletedBefore = now.minus(Tenants.RESTORABLE);
        List<Tenants.Deleted> tenantsDue = tenants.deletedBefore(deletedBefore, AT_ONCE);
        while (!tenantsDue.isEmpty()) {
            for (Tenants.Deleted tenant : tenantsDue) {
                owned.erase(tenant.organizationId(), Optional.of(tenant.id()));
                tenants.erase(tenant.organizationId(), tenant.id(), deletedBefore);
            }
            tenantsDue = tenants.deletedBefore(deletedBefore, AT_ONCE);
        }
    }
}
