package io.tollgate.control.provider;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import java.time.YearMonth;
import java.util.Optional;

/// Resets of what tenants have used of their plan. Audited under the actor. Thread-safe.
public interface BillingResets {
    /// @param tenants on a plan without a price at a provider, so that nobody else begins their cycles
    /// @param failed of them could not be reset
    record Report(int tenants, int failed) {}

    /// Resets every tenant that is on a plan without a price.
    ///
    /// @param month present: the same month again resets nobody again
    Report resetAll(Actor actor, Optional<YearMonth> month);

    /// Answers false if there is no such tenant.
    boolean reset(Actor actor, OrganizationId organizationId, TenantId tenantId);
}
