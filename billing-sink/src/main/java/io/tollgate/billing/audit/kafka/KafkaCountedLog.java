package io.tollgate.billing.audit.kafka;

import io.tollgate.billing.audit.CountedLog;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.EventCorrection;
import io.tollgate.billing.usage.kafka.CountedEvents;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroDeserializer;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.event.AcceptedEvent;
import io.tollgate.event.EventCorrected;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Reads `accepted-events` and `event-corrections` from a broker, as any consumer of committed records can.
public final class KafkaCountedLog implements CountedLog {
    /// A broker that says nothing for so long is away.
    private static final Duration SILENCE_MAX = Duration.ofSeconds(10);

    private static final Duration POLL = Duration.ofMillis(200);

    private final String bootstrapServers;
    private final SchemaRegistry registry;

    public KafkaCountedLog(String bootstrapServers, SchemaRegistry registry) {
        this.bootstrapServers = bootstrapServers;
        this.registry = registry;
    }

    /// @throws KafkaException if the broker does not answer
    @Override
    public void read(Consumer<CountedEvent> counted, Consumer<EventCorrection> corrected) {
        AvroDeserializer<AcceptedEvent> events = new AvroDeserializer<>(registry, Topics.ACCEPTED_EVENTS);
        readAll(
                Topics.ACCEPTED_EVENTS.name(),
                (topic, value) -> Optional.ofNullable(events.deserialize(topic, value))
                        .map(CountedEvents::read)
                        .ifPresent(counted));
        AvroDeserializer<EventCorrected> corrections = new AvroDeserializer<>(registry, Topics.EVENT_CORRECTIONS);
        readAll(
                Topics.EVENT_CORRECTIONS.name(),
                (topic, value) -> Optional.ofNullable(corrections.deserialize(topic, value))
                        .map(CountedEvents::read)
                        .ifPresent(corrected));
    }

    private void readAll(String topic, BiConsumer<String, byte[]> values) {
        try (KafkaConsumer<byte[], byte[]> log = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed",
                        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                        (int) SILENCE_MAX.toMillis(),
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "none"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = log.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            log.assign(partitions);
            log.beginningOffsets(partitions).forEach((partition, begin) -> {
                if (begin > 0) {
                    throw new IllegalStateException(partition + " begins at offset " + begin
                            + ": older events were deleted, so the log alone cannot prove invoices any more");
                }
            });
            log.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = log.endOffsets(partitions);
            long silentSince = System.nanoTime();
            while (partitions.stream()
                    .anyMatch(partition -> log.position(partition) < ends.getOrDefault(partition, 0L))) {
                ConsumerRecords<byte[], byte[]> records = log.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    values.accept(topic, record.value());
                }
                if (!records.isEmpty()) {
                    silentSince = System.nanoTime();
                } else if (System.nanoTime() - silentSince > SILENCE_MAX.toNanos()) {
                    throw new KafkaException("the broker has not answered for " + SILENCE_MAX.toSeconds() + " s");
                }
            }
        }
    }
}
