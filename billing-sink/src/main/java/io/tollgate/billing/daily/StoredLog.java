package io.tollgate.billing.daily;

import java.time.Duration;

/// How far the store is behind the log. Thread-safe.
public interface StoredLog {
    /// Waits until everything that the log holds now is counted and stored; answers false when it is not after
    /// `atMost`.
    boolean awaitAll(Duration atMost);
}
