package io.tollgate.billing.delivery;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.time.Instant;

/// A tenant has crossed a plan limit whose action is to scale: somebody else decides what that means.
///
/// @param cause the same for the same crossing, however often it is told
public record ScaleCrossing(
        OrganizationId organizationId, TenantId tenantId, String meter, String cause, Instant crossedAt) {}
