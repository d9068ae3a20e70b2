package io.tollgate.ingest.event;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Where events become durable.
public interface EventLog {
    /// How many partitions the log has; fixed when it was made.
    int partitions();

    /// Appends one record per subject of the report, be it events or a step of reservations, and tells of each, in the
    /// order of the report's batches, what
    /// became of it: within two seconds, and never exceptionally. Records of one report share no fate; callers whose
    /// record is not known to have landed retry with the same idempotency keys. Keeps the order per subject of calls
    /// made one after another. Never blocks. Thread-safe. The futures may complete on a thread of the log: what depends
    /// on them must be short or go elsewhere.
    List<CompletableFuture<Appended>> append(UsageReport report);
}
