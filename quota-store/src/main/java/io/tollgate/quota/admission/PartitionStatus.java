package io.tollgate.quota.admission;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/// How one partition does at its owner, for its operator.
///
/// @param closedWhy why the ledger does not admit; empty while it does
/// @param countedOffset offset of the last record counted
/// @param lag records in the log that are not counted yet, as last seen; -1 if not known
/// @param pending events admitted and not counted yet
/// @param oldestUnresolved age of the oldest admission whose outcome is not known
/// @param backstopRejects events that the backstop refused since the epoch began; above 0 means a timing assumption
/// failed or
///     somebody writes to the log directly
/// @param lateRecords limited events that reached the log too late since the epoch began
/// @param delayMin, delayMax least and greatest append time minus admission time over the last minute; a negative least
/// means
///     that the owner's clock is ahead of the broker's
public record PartitionStatus(
        int partition,
        String owner,
        UUID epoch,
        Optional<String> closedWhy,
        long countedOffset,
        long lag,
        int pending,
        Optional<Duration> oldestUnresolved,
        long backstopRejects,
        long lateRecords,
        Optional<Duration> delayMin,
        Optional<Duration> delayMax) {}
