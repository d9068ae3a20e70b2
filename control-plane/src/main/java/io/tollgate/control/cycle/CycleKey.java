package io.tollgate.control.cycle;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;

/// What has a billing cycle: a meter of a tenant.
public record CycleKey(OrganizationId organizationId, TenantId tenantId, MeterKey meter) {}
