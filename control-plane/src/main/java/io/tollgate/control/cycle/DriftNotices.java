package io.tollgate.control.cycle;

import java.time.Instant;

/// Tells an organization that the provider has something else than was reported. Thread-safe.
public interface DriftNotices {
    /// The same row with the same quantities again tells nothing.
    void raise(UsageReconciliation.Row row, Instant now);
}
