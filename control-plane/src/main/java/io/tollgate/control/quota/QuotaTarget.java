package io.tollgate.control.quota;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.util.Optional;

/// What a quota covers; at most one quota has a given target.
///
/// @param tenantId empty: every tenant that has no quota of its own for the meter, each by itself
public record QuotaTarget(OrganizationId organizationId, Optional<TenantId> tenantId, MeterKey meter) {}
