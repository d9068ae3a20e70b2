package io.tollgate.billing.usage;

import io.tollgate.contract.LogPosition;
import io.tollgate.contract.OrganizationId;
import java.time.Duration;
import java.util.Optional;

/// Holds a read back until the store includes what the reader has written.
public interface ReadBarrier {
    /// Waits until the store includes the last write of the organization through this entry point and, where given,
    /// `after`. Answers false when that is not so after `atMost`. Thread-safe.
    boolean awaitOrganization(OrganizationId organizationId, Optional<LogPosition> after, Duration atMost);
}
