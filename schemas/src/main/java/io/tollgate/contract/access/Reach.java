package io.tollgate.contract.access;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.util.Optional;

/// Whose data a principal reads.
///
/// @param organizationId of this organization only
/// @param onlyTenant present: of this tenant only, whatever the request asks for
public record Reach(OrganizationId organizationId, Optional<TenantId> onlyTenant) {
    /// Whether the data of `tenantId` are within it.
    public boolean covers(TenantId tenantId) {
        return onlyTenant.isEmpty() || onlyTenant.get().equals(tenantId);
    }
}
