package io.tollgate.control.cycle;

import io.tollgate.contract.EventId;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/// What the log holds of a tenant, as far as it is stored. Offsets are those of the tenant's partition of
/// `usage-events`: what lies before one never changes, so whoever asks twice is told the same. Thread-safe.
public interface CycleUsage {
    /// An event, when it happened, and where it lies in the log.
    record Counted(EventId id, Instant at, BigDecimal quantity, long offset) {}

    /// Where the log of a tenant ended when this was asked, once everything before is stored; absent if that takes
    /// longer than a moment.
    OptionalLong stored(CycleKey key);

    /// The value of the events of `[from, to)` by event time that lie before `before` in the log; 0 without events.
    BigDecimal value(CycleKey key, Operation operation, Instant from, Instant to, long before);

    /// The events of `[from, to)` by event time at `[first, before)` in the log, in the order of the log.
    List<Counted> events(CycleKey key, Instant from, Instant to, long first, long before, int limit);
}
