package io.tollgate.billing.delivery;

import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.SinkOffsets;
import io.tollgate.billing.usage.WriteOutcome;
import java.util.List;

/// Raises what records of the log say, together with how far the log is read. Thread-safe.
public interface Notices extends SinkOffsets {
    /// All or nothing: the messages and the steps, or, on an exception or [WriteOutcome.Overtaken], nothing.
    ///
    /// @param messages one list per record; empty for a record that nobody is told of
    WriteOutcome raise(List<List<WebhookMessage>> messages, List<Advance> steps);
}
