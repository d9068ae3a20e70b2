package io.tollgate.ingest.event;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;

/// Which tenants take no events any more. Answers from memory. Thread-safe.
public interface DeletedTenants {
    boolean deleted(OrganizationId organizationId, TenantId tenantId);
}
