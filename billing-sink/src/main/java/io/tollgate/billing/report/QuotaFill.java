package io.tollgate.billing.report;

import io.tollgate.contract.OrganizationId;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Map;

/// How full the quotas of tenants are. Thread-safe; may block while it asks.
public interface QuotaFill {
    /// For each of `tenants` that has a quota on one of its meters which can be told: the highest share in percent that
    /// the current window of such a quota holds, on its way and reserved included.
    Map<BusyTenant, BigDecimal> highest(OrganizationId organizationId, Collection<BusyTenant> tenants);
}
