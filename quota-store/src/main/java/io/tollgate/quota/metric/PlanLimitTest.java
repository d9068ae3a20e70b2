package io.tollgate.quota.metric;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.util.Optional;

/// Tests the plan limits of a tenant's meter. Thread-safe.
public interface PlanLimitTest {
    /// What the limits say; empty if nothing limits the meter and the tenant may be served.
    Optional<LimitDecision> test(OrganizationId organizationId, TenantId tenantId, String meter);
}
