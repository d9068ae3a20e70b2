package io.tollgate.billing.usage.kafka;

import io.tollgate.contract.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sets aside records that can never be stored: byte for byte to the dead letters, with where they lay and why. A
/// record
/// is there before the position moves past it; a crash in between sets it aside once more. Thread-safe.
final class DeadLetters implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
    private static final Duration DELIVERY_MAX = Duration.ofSeconds(10);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(1);

    private final Producer<byte[], byte[]> producer;
    private final Map<TopicPartition, Long> lastSetAside = new ConcurrentHashMap<>();

    DeadLetters(String bootstrapServers) {
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ProducerConfig.CLIENT_ID_CONFIG,
                        "tollgate-sink-dead-letters",
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                        true,
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        Topics.RECORD_BYTES_MAX,
                        ProducerConfig.MAX_BLOCK_MS_CONFIG,
                        DELIVERY_MAX.toMillis(),
                        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                        (int) DELIVERY_MAX.toMillis() / 2,
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                        (int) DELIVERY_MAX.toMillis()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /// Returns when the record is in the dead letters; answers whether it was put there now. A batch that is tried
    /// again
    /// by this process does not put it there again.
    ///
    /// @throws KafkaException if the broker does not take it
    boolean setAside(ConsumerRecord<byte[], byte[]> record, String cause) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        if (lastSetAside.getOrDefault(partition, -1L) >= record.offset()) {
            return false;
        }
        LOG.error(
                "{} partition {} offset {} cannot be stored and goes to {}: {}",
                record.topic(),
                record.partition(),
                record.offset(),
                Topics.DEAD_LETTERS,
                cause);
        RecordHeaders headers = new RecordHeaders(record.headers().toArray());
        headers.add("tollgate-cause", bytes(cause));
        headers.add("tollgate-topic", bytes(record.topic()));
        headers.add("tollgate-partition", bytes(Integer.toString(record.partition())));
        headers.add("tollgate-offset", bytes(Long.toString(record.offset())));
        try {
            producer.send(new ProducerRecord<>(
                            Topics.DEAD_LETTERS, null, record.timestamp(), record.key(), record.value(), headers))
                    .get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while setting a record aside", e);
        } catch (ExecutionException e) {
            throw new KafkaException("the dead letters do not take a record", e);
        }
        lastSetAside.put(partition, record.offset());
        return true;
    }

    @Override
    public void close() {
        producer.close(CLOSE_MAX);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
