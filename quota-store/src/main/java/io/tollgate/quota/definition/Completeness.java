package io.tollgate.quota.definition;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Finds out until when a reader knows everything that its topics held. The ends are asked once and then waited for:
/// compared with the ends of the moment, a reader of topics that never rest would never be complete.
final class Completeness {
    private @Nullable Map<TopicPartition, Long> ends;
    private Instant askedAt = Instant.MIN;

    /// Whether there are ends that are not reached yet.
    boolean waiting() {
        return ends != null;
    }

    /// Waits for these ends from now on.
    ///
    /// @param at a time before they were asked
    void await(Map<TopicPartition, Long> asked, Instant at) {
        ends = Map.copyOf(asked);
        askedAt = at;
    }

    void forget() {
        ends = null;
    }

    /// Once all ends are reached, as of when the reader is complete; told once.
    Optional<Instant> reached(ToLongFunction<TopicPartition> position) {
        if (ends == null
                || ends.entrySet().stream().anyMatch(end -> position.applyAsLong(end.getKey()) < end.getValue())) {
            return Optional.empty();
        }
        ends = null;
        return Optional.of(askedAt);
    }
}
