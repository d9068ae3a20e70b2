package io.tollgate.server.runtime;

import io.tollgate.contract.topic.Topics;
import io.tollgate.server.http.SinkDelay;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/// How far the rows in PostgreSQL are behind the log in time. Reads no record: the broker tells at which offset a time
/// begins.
record StoredBehind(PipelineLag pipeline, Jdbi jdbi, InstantSource clock) implements SinkDelay {
    private static final long STEP_MS = 16;

    /// Twelve days; records that are older and not stored are nobody's lag any more but lost.
    private static final long LONGEST_MS = STEP_MS << 26;

    @Override
    public OptionalLong millis() {
        try {
            Map<TopicPartition, Long> unstored = unstored();
            if (unstored.isEmpty()) {
                return OptionalLong.of(0);
            }
            long now = clock.millis();
            for (long age = STEP_MS; age < LONGEST_MS; age *= 2) {
                Map<TopicPartition, Long> offsets = pipeline.offsetsAt(unstored.keySet(), now - age);
                boolean allYounger = unstored.entrySet().stream()
                        .allMatch(next -> Objects.requireNonNull(offsets.get(next.getKey())) <= next.getValue());
                if (allYounger) {
                    return OptionalLong.of(age);
                }
            }
            return OptionalLong.of(LONGEST_MS);
        } catch (ExecutionException | TimeoutException | JdbiException e) {
            return OptionalLong.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalLong.empty();
        }
    }

    /// The first offset that is not stored, of each partition that has one.
    private Map<TopicPartition, Long> unstored() throws ExecutionException, TimeoutException, InterruptedException {
        Map<TopicPartition, Long> stored = new HashMap<>();
        jdbi.useHandle(handle -> handle.createQuery("SELECT topic, partition, next_offset FROM sink_offsets")
                .map((rows, context) -> stored.put(
                        new TopicPartition(rows.getString("topic"), rows.getInt("partition")),
                        rows.getLong("next_offset")))
                .list());
        Map<TopicPartition, Long> unstored = new HashMap<>();
        for (String topic :
                List.of(Topics.ACCEPTED_EVENTS.name(), Topics.EVENT_CORRECTIONS.name(), Topics.USAGE_WINDOWS.name())) {
            pipeline.committedEnds(topic).forEach((partition, end) -> {
                TopicPartition place = new TopicPartition(topic, partition);
                long next = stored.getOrDefault(place, 0L);
                if (next < end) {
                    unstored.put(place, next);
                }
            });
        }
        return unstored;
    }
}
