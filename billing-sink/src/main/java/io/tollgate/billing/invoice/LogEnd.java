package io.tollgate.billing.invoice;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/// How much of the log an invoice can cover. Thread-safe.
public interface LogEnd {
    /// For each tenant the offset before which its partition of `usage-events` is stored completely, and which is not
    /// before the end that the partition had at the call. Absent if not all of them are so after `atMost`.
    Optional<Map<TenantId, Long>> awaitStored(
            OrganizationId organizationId, Collection<TenantId> tenants, Duration atMost);

    /// Waits until everything that is logged now is stored; answers false if it is not after `atMost`.
    boolean awaitAllStored(Duration atMost);
}
