package io.tollgate.quota.ledger;

import io.tollgate.metering.quota.Quota;
import java.time.Duration;
import java.util.Optional;

/// The quotas as this process knows them. Thread-safe.
public interface Quotas {
    /// The quota that covers a meter of a subject (`organization/subject`), if one does.
    Optional<Quota> quota(String subjectKey, String meter);

    /// Waits until the definitions up to `position` are applied here.
    ///
    /// @return false if that did not happen within `atMost`
    boolean awaitApplied(long position, Duration atMost);
}
