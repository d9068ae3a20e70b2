package io.tollgate.billing.divergence;

import io.tollgate.contract.LogPosition;
import java.time.Duration;

/// How far the store is. Thread-safe.
public interface StoreProgress {
    /// Waits until everything that `usage-events` has up to `position` is counted and stored; answers false when it is
    /// not after `atMost`.
    boolean awaitStored(LogPosition position, Duration atMost);
}
