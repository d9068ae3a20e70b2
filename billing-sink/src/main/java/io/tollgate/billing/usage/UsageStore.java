package io.tollgate.billing.usage;

import java.util.List;

/// Where usage is stored, with how far each partition is stored. A write is all or nothing: its rows and its steps, or,
/// on an exception or [WriteOutcome.Overtaken], nothing. Thread-safe.
public interface UsageStore extends SinkOffsets {
    /// Stores events in log order, and makes their tenants where they are new.
    WriteOutcome storeEvents(List<CountedEvent> events, List<Advance> steps);

    /// Stores rejected events; one that is stored already stays as it is.
    WriteOutcome storeRejected(List<RefusedEvent> events, List<Advance> steps);

    /// Stores what counts no longer, with the new status of the events and an entry of the audit trail for each.
    WriteOutcome storeCorrections(List<EventCorrection> corrections, List<Advance> steps);

    /// Stores the last value of each counter, unless a later one is stored, and brings the daily snapshots of tenants
    /// into step. `values` are in log order.
    WriteOutcome storeCounters(List<CounterValue> values, List<Advance> steps);
}
