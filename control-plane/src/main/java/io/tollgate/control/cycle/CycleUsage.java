package io.tollgate.control.cycle;

import io.tollgate.contract.EventId;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/// What the log holds of a tenant, as far as it is stored. Offsets are those of the tenant's partition of
/// `usage-events`: what lies before one never changes, so whoever asks twice is told the same. An event that is voided
/// or
/// amended counts before the command that takes it out, and not behind it. Thread-safe.
public interface CycleUsage {
    /// An event that was counted, or the command that takes one out.
    ///
    /// @param at when the event happened
    /// @param offset where the event lies in the log, or the command
    /// @param takenOut whether it is the command
    record Counted(EventId id, Instant at, BigDecimal quantity, long offset, boolean takenOut) {}

    /// Where the log of a tenant ended when this was asked, once everything before is stored; absent if that takes
    /// longer than a moment.
    OptionalLong stored(CycleKey key);

    /// The value of the events of `[from, to)` by event time that count at `before` in the log; 0 without events.
    BigDecimal value(CycleKey key, Operation operation, Instant from, Instant to, long before);

    /// What the log has at `[first, before)` about events of `[from, to)` by event time, in its order: all that were
    /// counted, and all commands that take one out, whether the event lies there too or before. A command comes before
    /// its replacement.
    List<Counted> events(CycleKey key, Instant from, Instant to, long first, long before, int limit);
}
