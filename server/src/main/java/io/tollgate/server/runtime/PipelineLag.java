package io.tollgate.server.runtime;

import io.tollgate.contract.topic.Topics;
import io.tollgate.quota.store.Stores;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/// How far counting is behind the log, asked of the broker. Thread-safe.
public final class PipelineLag {
    private static final Duration BROKER_TIMEOUT = Duration.ofSeconds(2);

    private final Admin admin;
    private final int partitions;

    public PipelineLag(Admin admin, int partitions) {
        this.admin = admin;
        this.partitions = partitions;
    }

    /// Records of `usage-events` that are not counted and committed yet; empty if the broker does not answer.
    public OptionalLong uncounted() {
        try {
            Map<Integer, Long> ends = ends(Topics.USAGE_EVENTS.name());
            Map<Integer, Long> counted = counted();
            return OptionalLong.of(ends.entrySet().stream()
                    .mapToLong(end -> Math.max(0, end.getValue() - counted.getOrDefault(end.getKey(), 0L)))
                    .sum());
        } catch (ExecutionException | TimeoutException e) {
            return OptionalLong.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalLong.empty();
        }
    }

    /// Next offset of `usage-events` to be counted, by partition, as committed.
    Map<Integer, Long> counted() throws ExecutionException, TimeoutException, InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(
                        Stores.AGGREGATOR_APPLICATION_ID)
                .partitionsToOffsetAndMetadata()
                .get(BROKER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        Map<Integer, Long> counted = new HashMap<>();
        committed.forEach((partition, offset) -> {
            if (partition.topic().equals(Topics.USAGE_EVENTS.name()) && offset != null) {
                counted.put(partition.partition(), offset.offset());
            }
        });
        return counted;
    }

    /// End of a topic that is divided by subject, by partition, open transactions included: what is committed is
    /// acknowledged before its markers are written, so the end of committed records may lag behind a commit that is
    /// known.
    Map<Integer, Long> ends(String topic) throws ExecutionException, TimeoutException, InterruptedException {
        return ends(topic, IsolationLevel.READ_UNCOMMITTED);
    }

    /// As above, up to where readers of committed records get.
    Map<Integer, Long> committedEnds(String topic) throws ExecutionException, TimeoutException, InterruptedException {
        return ends(topic, IsolationLevel.READ_COMMITTED);
    }

    private Map<Integer, Long> ends(String topic, IsolationLevel isolation)
            throws ExecutionException, TimeoutException, InterruptedException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        IntStream.range(0, partitions)
                .forEach(partition -> asked.put(new TopicPartition(topic, partition), OffsetSpec.latest()));
        Map<Integer, Long> ends = new HashMap<>();
        offsets(asked, isolation).forEach((partition, offset) -> ends.put(partition.partition(), offset));
        return ends;
    }

    /// The offset of the first record of each partition that is not older than `timeMs`; the largest number where all
    /// are.
    Map<TopicPartition, Long> offsetsAt(Collection<TopicPartition> partitionsAsked, long timeMs)
            throws ExecutionException, TimeoutException, InterruptedException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitionsAsked.forEach(partition -> asked.put(partition, OffsetSpec.forTimestamp(timeMs)));
        Map<TopicPartition, Long> offsets = offsets(asked, IsolationLevel.READ_UNCOMMITTED);
        offsets.replaceAll((partition, offset) -> offset < 0 ? Long.MAX_VALUE : offset);
        return offsets;
    }

    private Map<TopicPartition, Long> offsets(Map<TopicPartition, OffsetSpec> asked, IsolationLevel isolation)
            throws ExecutionException, TimeoutException, InterruptedException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        admin.listOffsets(asked, new ListOffsetsOptions(isolation))
                .all()
                .get(BROKER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .forEach((partition, info) ->
                        offsets.put(partition, Objects.requireNonNull(info).offset()));
        return offsets;
    }
}
