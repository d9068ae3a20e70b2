package io.tollgate.quota.query;

import java.util.List;

/// What a look-up came to.
public sealed interface LookupOutcome {
    /// The readings.
    ///
    /// @param caughtUp whether they include the write that they were asked to include
    /// @param stale whether a standby's copy answered, because nobody who owns the partition did
    /// @param countedOffset offset in the partition up to which they count
    record Found(List<MeterReading> readings, boolean caughtUp, boolean stale, long countedOffset)
            implements LookupOutcome {}

    /// Neither an owner nor a copy of the partition could be asked in time; asking again may help.
    record OwnerUnavailable(String why) implements LookupOutcome {}
}
