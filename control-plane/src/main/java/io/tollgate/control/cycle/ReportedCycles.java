package io.tollgate.control.cycle;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.TimeCursor;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Closed cycles and their reports, for comparison. Thread-safe.
public interface ReportedCycles {
    /// Latest end first.
    ///
    /// @param organizationId absent: of all
    /// @param from and `to`: when the cycle ends, `to` exclusive
    /// @param after end and id of the last one of the page before
    List<ReportedCycle> list(
            Optional<OrganizationId> organizationId,
            Optional<TenantId> tenantId,
            Instant from,
            Instant to,
            int limit,
            Optional<TimeCursor> after);

    /// Brings the next attempt of what waits to be sent forward to `now`, and with it that of events that came late.
    void hasten(Collection<CycleKey> keys, Instant now);
}
