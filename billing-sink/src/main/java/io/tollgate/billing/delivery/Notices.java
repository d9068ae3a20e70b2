package io.tollgate.billing.delivery;

import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.SinkOffsets;
import io.tollgate.billing.usage.WriteOutcome;
import java.util.List;

/// Does what alerts of the log ask for, together with how far the log is read. Thread-safe.
public interface Notices extends SinkOffsets {
    /// All or nothing: messages, crossings and the steps, or, on an exception or [WriteOutcome.Overtaken], nothing.
    ///
    /// @param notices one per record
    WriteOutcome raise(List<AlertNotice> notices, List<Advance> steps);
}
