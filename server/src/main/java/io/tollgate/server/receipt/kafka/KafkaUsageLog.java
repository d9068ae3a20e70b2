package io.tollgate.server.receipt.kafka;

import io.tollgate.contract.EventId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroDeserializer;
import io.tollgate.contract.wire.MalformedRecordException;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.ingest.receipt.Receipt;
import io.tollgate.server.receipt.UsageLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Reads ranges of `usage-events` from a broker. For one thread.
public final class KafkaUsageLog implements UsageLog, AutoCloseable {
    /// A broker that says nothing for so long is away.
    private static final Duration SILENCE_MAX = Duration.ofSeconds(10);

    private static final Duration POLL = Duration.ofMillis(200);

    /// Ranges are short and lie apart: little is read past their end. A larger record is read all the same.
    private static final int FETCH_BYTES = 64 * 1024;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final AvroDeserializer<UsageBatch> deserializer;

    public KafkaUsageLog(String bootstrapServers, SchemaRegistry registry) {
        this.consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                        FETCH_BYTES,
                        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                        (int) SILENCE_MAX.toMillis(),
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "none"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        this.deserializer = new AvroDeserializer<>(registry, Topics.USAGE_EVENTS);
    }

    /// @throws KafkaException if the broker does not answer
    @Override
    public List<Entry> read(Receipt.Range range) {
        TopicPartition partition = new TopicPartition(range.topic(), range.partition());
        List<Entry> entries = new ArrayList<>();
        if (consumer.partitionsFor(range.topic()).stream().noneMatch(info -> info.partition() == range.partition())) {
            return entries;
        }
        consumer.assign(List.of(partition));
        long begin = consumer.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L);
        long end =
                Math.min(consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L), range.lastOffset() + 1);
        if (range.firstOffset() < begin || range.firstOffset() >= end) {
            return entries;
        }
        consumer.seek(partition, range.firstOffset());
        long silentSince = System.nanoTime();
        while (consumer.position(partition) < end) {
            List<ConsumerRecord<byte[], byte[]>> records = consumer.poll(POLL).records(partition);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (record.offset() < end) {
                    entries.add(entry(record));
                }
            }
            if (!records.isEmpty()) {
                silentSince = System.nanoTime();
            } else if (System.nanoTime() - silentSince > SILENCE_MAX.toNanos()) {
                throw new KafkaException("the broker has not answered for " + SILENCE_MAX.toSeconds() + " s");
            }
        }
        return entries;
    }

    @Override
    public void close() {
        consumer.close();
    }

    private Entry entry(ConsumerRecord<byte[], byte[]> record) {
        UsageBatch batch = null;
        try {
            batch = deserializer.deserialize(record.topic(), record.value());
        } catch (MalformedRecordException e) {
            // Not a record of ours, whatever stands in it.
        }
        if (batch == null) {
            return new Entry(record.offset(), "", "", List.of());
        }
        return new Entry(
                record.offset(),
                batch.getOrganizationId(),
                batch.getBatchId(),
                batch.getEvents().stream()
                        .map(UsageEvent::getEventId)
                        .map(EventId::new)
                        .toList());
    }
}
