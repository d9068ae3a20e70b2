package io.tollgate.control.organization;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.util.Optional;

/// What other modules keep of an organization or of one of its tenants, to be erased with it. Invoices are kept,
/// without
/// names. Thread-safe.
public interface OwnedData {
    /// Erases it; doing so again is right, for a failed erasure is tried again.
    ///
    /// @param tenantId absent: everything of the organization
    void erase(OrganizationId organizationId, Optional<TenantId> tenantId);
}
