package io.tollgate.billing.snapshot;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import java.util.List;

/// Queries over stored readings and counters. Thread-safe.
public interface HistoryReads {
    /// Oldest first.
    List<Snapshot> history(HistoryQuery query);

    /// Whether anything is stored of the meter.
    boolean known(SubjectKey subject, MeterKey meter);
}
