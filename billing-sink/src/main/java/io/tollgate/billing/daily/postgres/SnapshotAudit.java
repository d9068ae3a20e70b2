package io.tollgate.billing.daily.postgres;

import io.tollgate.billing.daily.Cause;
import io.tollgate.billing.daily.DailyRun;
import io.tollgate.billing.daily.DailySnapshots.Made;
import io.tollgate.contract.OrganizationId;
import java.time.LocalDate;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/// Writes into the audit trail, in the transaction of the handle that it is given.
public interface SnapshotAudit {
    /// Snapshots of an organization were made.
    void made(Handle handle, OrganizationId organizationId, LocalDate day, Made made, Cause cause);

    /// A run is over.
    ///
    /// @param only present: over this organization only
    void ran(Handle handle, DailyRun.Summary summary, Optional<OrganizationId> only, Cause cause);
}
