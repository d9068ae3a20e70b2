package io.tollgate.ingest.event;

import io.tollgate.contract.LogPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// A log in memory with one partition. Keeps the contract of [EventLog]; can be told to be away.
public final class InMemoryEventLog implements EventLog {
    private final List<StoredBatch> stored = new ArrayList<>();
    private boolean away;

    /// One record of the log.
    public record StoredBatch(UsageReport report, UsageReport.SubjectBatch batch) {}

    @Override
    public synchronized CompletableFuture<LogPosition> append(UsageReport report) {
        if (report.batches().isEmpty()) {
            return CompletableFuture.completedFuture(LogPosition.START);
        }
        if (away) {
            return CompletableFuture.failedFuture(new LogUnavailableException("told to be away", null));
        }
        report.batches().forEach(batch -> stored.add(new StoredBatch(report, batch)));
        return CompletableFuture.completedFuture(LogPosition.of(0, stored.size() - 1));
    }

    public synchronized List<StoredBatch> stored() {
        return List.copyOf(stored);
    }

    public synchronized void away(boolean isAway) {
        away = isAway;
    }
}
