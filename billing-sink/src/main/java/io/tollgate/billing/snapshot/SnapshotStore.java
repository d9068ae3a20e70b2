package io.tollgate.billing.snapshot;

import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.SinkOffsets;
import io.tollgate.billing.usage.WriteOutcome;
import java.util.List;

/// Where snapshots are stored, with how far each partition is stored. A write is all or nothing. Thread-safe.
public interface SnapshotStore extends SinkOffsets {
    /// Stores the last reading of each window, in the place of an earlier one.
    ///
    /// @param records what each record of the log holds, in log order
    WriteOutcome store(List<List<Snapshot>> records, List<Advance> steps);
}
