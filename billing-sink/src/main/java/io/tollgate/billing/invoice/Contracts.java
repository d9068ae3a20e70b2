package io.tollgate.billing.invoice;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.time.ZoneId;
import java.util.Optional;

/// On what terms tenants are billed. Thread-safe.
public interface Contracts {
    /// Absent if there is no such organization, or it has no such tenant.
    Optional<BillingTerms> of(OrganizationId organizationId, TenantId tenantId);

    /// Where the organization's days begin.
    ZoneId zoneOf(OrganizationId organizationId);
}
