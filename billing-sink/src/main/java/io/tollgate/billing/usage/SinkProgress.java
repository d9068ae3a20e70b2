package io.tollgate.billing.usage;

import java.time.Duration;

/// How far the sink has stored a topic, whichever process stores it. Thread-safe.
public interface SinkProgress {
    /// Waits until the record at `offset`, and everything before it in the partition, is stored. Answers false when
    /// that is not so after `atMost`, or when the thread is interrupted, which stays marked. A negative offset demands
    /// nothing.
    boolean awaitPassed(String topic, int partition, long offset, Duration atMost);
}
