package io.tollgate.ingest.event;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/// A log in memory with one partition. Keeps the contract of [EventLog]; can be told to be away, or what to say of the
/// next records.
public final class InMemoryEventLog implements EventLog {
    private final List<StoredBatch> stored = new ArrayList<>();
    private final Instant appendedAt;
    private Function<StoredBatch, CompletableFuture<Appended>> fates = this::land;

    /// One record of the log.
    public record StoredBatch(UsageReport report, UsageReport.SubjectBatch batch) {}

    /// @param appendedAt append time of every record
    public InMemoryEventLog(Instant appendedAt) {
        this.appendedAt = appendedAt;
    }

    @Override
    public int partitions() {
        return 1;
    }

    @Override
    public synchronized List<CompletableFuture<Appended>> append(UsageReport report) {
        List<CompletableFuture<Appended>> appended = new ArrayList<>();
        for (UsageReport.SubjectBatch batch : report.batches()) {
            appended.add(fates.apply(new StoredBatch(report, batch)));
        }
        return appended;
    }

    /// Stores the record.
    public synchronized CompletableFuture<Appended> land(StoredBatch record) {
        return landAt(record, appendedAt);
    }

    /// Stores the record with this append time.
    public synchronized CompletableFuture<Appended> landAt(StoredBatch record, Instant at) {
        stored.add(record);
        return CompletableFuture.completedFuture(new Appended.Landed(0, stored.size() - 1, at));
    }

    public synchronized List<StoredBatch> stored() {
        return List.copyOf(stored);
    }

    public synchronized void away(boolean isAway) {
        if (isAway) {
            fates(record -> CompletableFuture.completedFuture(new Appended.NotSent("told to be away")));
        } else {
            fates(this::land);
        }
    }

    /// What becomes of records from now on.
    public synchronized void fates(Function<StoredBatch, CompletableFuture<Appended>> ofRecords) {
        fates = ofRecords;
    }
}
