package io.tollgate.quota.query;

import java.util.List;

/// What a look-up came to.
public sealed interface LookupOutcome {
    /// The readings.
    ///
    /// @param caughtUp whether they include the write that they were asked to include
    record Found(List<MeterReading> readings, boolean caughtUp) implements LookupOutcome {}

    /// Nobody who owns the partition could be asked in time; asking again may help.
    record OwnerUnavailable(String why) implements LookupOutcome {}
}
