package io.tollgate.control.outbox;

import java.time.Duration;
import java.util.List;

/// What of the definition topics this instance has applied: after that, its next request sees the change.
public interface DefinitionsApplied {
    /// Tells whoever made changes, in its own thread, where all of them lie in the log; nothing is told while that is
    /// not
    /// known of some.
    default void published(List<Outbox.Publication> changes) {}

    /// Waits until the record at `offset` of `topic`, and everything before it, is applied here. Answers false when
    /// that is not so after `atMost`, or when the thread is interrupted, which stays marked. Thread-safe.
    ///
    /// @param recordKey key of the record, which tells the partition of a topic that has several
    boolean await(String topic, String recordKey, long offset, Duration atMost);
}
