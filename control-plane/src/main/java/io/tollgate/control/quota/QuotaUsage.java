package io.tollgate.control.quota;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/// What the quotas' current windows hold, as the owners of the counters know it. Thread-safe; may block while it asks.
public interface QuotaUsage {
    /// One window of one tenant.
    ///
    /// @param current counted, and admitted and on its way
    /// @param reserved held by open reservations
    record Usage(BigDecimal current, BigDecimal reserved) {}

    /// Whose quota is meant.
    record Asked(TenantId tenantId, MeterKey meter) {}

    /// One answer per question, in order; empty where the owner cannot be asked.
    ///
    /// @param asked at most a page of quotas
    List<Optional<Usage>> usage(OrganizationId organizationId, List<Asked> asked);

    /// Knows nothing.
    static QuotaUsage unknown() {
        return (organizationId, asked) ->
                asked.stream().map(one -> Optional.<Usage>empty()).toList();
    }
}
