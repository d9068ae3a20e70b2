package io.tollgate.ingest.event;

import java.time.Instant;

/// What became of one record handed to the log.
public sealed interface Appended {
    /// Acknowledged by every replica that counts.
    ///
    /// @param appendedAt the broker's append time
    record Landed(int partition, long offset, Instant appendedAt) implements Appended {}

    /// It never reached the network, and never will.
    record NotSent(String why) implements Appended {}

    /// It may be in the log, or may still come.
    record Unknown(String why) implements Appended {}
}
