package io.tollgate.billing.snapshot;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import java.util.List;

/// Queries over stored readings and counters. Thread-safe.
public interface HistoryReads {
    /// How long readings are kept of a metric that does not say it.
    int DAYS_KEPT = 400;

    /// Oldest first. Readings that are older than their metric keeps them are not among them, although the last of them
    /// may still be stored: changes are told from it.
    List<Snapshot> history(HistoryQuery query);

    /// Whether anything is stored of the meter.
    boolean known(SubjectKey subject, MeterKey meter);
}
