package io.tollgate.control.tenant;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// What tenants have used, as far as it is stored. Thread-safe.
public interface TenantUsage {
    /// @param quantity sum of the quantities
    /// @param count number of events
    record OfMeter(String meter, BigDecimal quantity, long count) {}

    /// Number of events of each of `tenants` in all time; a tenant without events may be left out.
    Map<TenantId, Long> events(OrganizationId organizationId, Collection<TenantId> tenants);

    /// Usage of a tenant in all time, by meter, in the order of their names.
    List<OfMeter> total(OrganizationId organizationId, TenantId tenantId);

    /// As [#total], in the calendar month of the organization that holds `now`.
    List<OfMeter> month(OrganizationId organizationId, TenantId tenantId, Instant now);
}
