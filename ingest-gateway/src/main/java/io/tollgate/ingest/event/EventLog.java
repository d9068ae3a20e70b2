package io.tollgate.ingest.event;

import io.tollgate.contract.LogPosition;
import java.util.concurrent.CompletableFuture;

/// Where accepted events become durable.
public interface EventLog {
    /// Appends one record per subject of the report. Completes once every replica that counts has acknowledged every
    /// record, with the position up to which a read must go to include them; within two seconds, otherwise
    /// exceptionally with [LogUnavailableException]. Then none, some or all records may be stored, so callers retry
    /// with
    /// the same idempotency keys. Keeps the order per subject of calls made one after another. Never blocks.
    /// Thread-safe. The future may complete on a thread of the log: what depends on it must be short or go elsewhere.
    CompletableFuture<LogPosition> append(UsageReport report);
}
