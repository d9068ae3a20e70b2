package io.tollgate.control.outbox;

import java.time.Duration;
import java.util.Optional;

/// The stored changes that are on their way to the log. Thread-safe.
public interface Outbox {
    /// How much waits to be published.
    ///
    /// @param oldestAge age of the oldest waiting row; zero when none waits
    record Backlog(long rows, Duration oldestAge) {}

    /// Where a change lies in the log.
    record Publication(String topic, String recordKey, long offset) {}

    /// Publishes up to `limit` waiting rows, oldest first, and remembers where they lie. While one caller is at it, in
    /// whatever process, others wait. Answers how many were published; 0 means nothing waits.
    ///
    /// @throws RuntimeException that the log gave as the reason for stopping early; what was published is remembered
    int publish(DefinitionLog log, int limit);

    /// Where the change with this id lies, once it is published.
    Optional<Publication> publication(long id);

    Backlog backlog();

    /// Forgets changes published longer ago than `age`.
    void forgetPublished(Duration age);
}
