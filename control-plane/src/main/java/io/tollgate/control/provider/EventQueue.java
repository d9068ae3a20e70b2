package io.tollgate.control.provider;

import java.time.Instant;
import java.util.Optional;

/// The events that wait to be processed. Thread-safe, over all processes.
public interface EventQueue {
    /// Events that wait, and events that failed.
    record Backlog(long pending, long failed) {}

    /// Processes the event that has waited longest, unless others are at it; the effect and the end of the event are
    /// one
    /// transaction. Absent if nothing is due.
    Optional<Processing> processNext();

    /// Lets the subscriptions whose override has expired be as the provider tells them; answers how many.
    int endOverrides();

    Backlog backlog();

    /// Forgets what was completed, and how far objects were followed, before `before`; at most `limit` rows of each
    /// kind.
    /// Answers how many it were.
    int purge(Instant before, int limit);
}
