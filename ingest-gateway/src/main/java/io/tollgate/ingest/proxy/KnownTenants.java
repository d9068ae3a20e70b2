package io.tollgate.ingest.proxy;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.util.List;

/// What the proxy must know of tenants beside their limits.
public interface KnownTenants {
    /// Whether somebody made the tenant; one that only events have made is not told by this. Never blocks.
    boolean defined(OrganizationId organizationId, TenantId tenantId);

    /// Whether the tenant was made, or has usage. May block.
    boolean exists(OrganizationId organizationId, TenantId tenantId);

    /// Ids of the machines that run for it.
    List<String> machines(OrganizationId organizationId, TenantId tenantId);
}
