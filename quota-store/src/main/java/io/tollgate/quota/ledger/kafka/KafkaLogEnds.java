package io.tollgate.quota.ledger.kafka;

import io.tollgate.contract.topic.Topics;
import io.tollgate.quota.ledger.LogEnds;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the broker, without regard to open transactions.
public final class KafkaLogEnds implements LogEnds {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaLogEnds.class);
    private static final Duration BROKER_TIMEOUT = Duration.ofSeconds(1);

    private final Admin admin;

    public KafkaLogEnds(Admin admin) {
        this.admin = admin;
    }

    @Override
    public Map<Integer, Long> ends(Set<Integer> partitions) {
        Map<TopicPartition, OffsetSpec> asked = partitions.stream()
                .collect(Collectors.toMap(
                        partition -> new TopicPartition(Topics.USAGE_EVENTS.name(), partition),
                        partition -> OffsetSpec.latest()));
        ListOffsetsResult result = admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED));
        Map<Integer, Long> ends = new HashMap<>();
        long deadline = System.nanoTime() + BROKER_TIMEOUT.toNanos();
        for (TopicPartition partition : asked.keySet()) {
            end(result, partition, deadline).ifPresent(end -> ends.put(partition.partition(), end));
        }
        return ends;
    }

    private static Optional<Long> end(ListOffsetsResult result, TopicPartition partition, long deadline) {
        try {
            long left = Math.max(0, deadline - System.nanoTime());
            return Optional.of(result.partitionResult(partition)
                    .get(left, TimeUnit.NANOSECONDS)
                    .offset());
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("the broker does not say now where {} ends: {}", partition, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }
}
