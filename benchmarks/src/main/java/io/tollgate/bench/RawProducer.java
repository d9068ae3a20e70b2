package io.tollgate.bench;

import io.tollgate.contract.topic.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Kafka's own producer with the settings of the gateway's log, given records that are ready.
final class RawProducer {
    private static final int LINGER_MS = 1;
    private static final int BATCH_BYTES = 128 * 1024;
    private static final int BUFFER_BYTES = 64 << 20;
    private static final Duration READ_WITHIN = Duration.ofSeconds(20);

    private RawProducer() {}

    /// A record that is ready to be sent.
    ///
    /// @param events how many events it holds
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Ready(int partition, byte[] key, byte[] value, int events) {}

    /// Sends the records over and over for `lasting`, waits for the last acknowledgement, and answers events a second.
    static double eventsPerSecond(Rig rig, String topic, List<Ready> records, Duration lasting) throws IOException {
        try (KafkaProducer<byte[], byte[]> producer = producer(rig)) {
            // Fetches what the producer must know of the topic, as the gateway's has long done.
            producer.partitionsFor(topic);
            AtomicReference<Exception> failure = new AtomicReference<>();
            long began = System.nanoTime();
            long end = began + lasting.toNanos();
            long events = 0;
            for (int i = 0; System.nanoTime() - end < 0; i = i + 1 == records.size() ? 0 : i + 1) {
                events += send(producer, topic, records.get(i), failure);
            }
            finish(producer, failure);
            return events / ((System.nanoTime() - began) / 1e9);
        }
    }

    /// Sends each record once.
    static void send(Rig rig, String topic, Iterable<Ready> records) throws IOException {
        try (KafkaProducer<byte[], byte[]> producer = producer(rig)) {
            AtomicReference<Exception> failure = new AtomicReference<>();
            for (Ready record : records) {
                send(producer, topic, record, failure);
            }
            finish(producer, failure);
        }
    }

    private static int send(
            KafkaProducer<byte[], byte[]> producer, String topic, Ready record, AtomicReference<Exception> failure) {
        var unused = producer.send(
                new ProducerRecord<>(topic, record.partition(), record.key(), record.value()), (metadata, thrown) -> {
                    if (thrown != null) {
                        failure.set(thrown);
                    }
                });
        return record.events();
    }

    private static void finish(KafkaProducer<byte[], byte[]> producer, AtomicReference<Exception> failure)
            throws IOException {
        producer.flush();
        if (failure.get() != null) {
            throw new IOException("the broker refused a record", failure.get());
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(Rig rig) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("bootstrap.servers", rig.bootstrapServers());
        properties.put("acks", "all");
        properties.put("enable.idempotence", true);
        properties.put("linger.ms", LINGER_MS);
        properties.put("batch.size", BATCH_BYTES);
        properties.put("buffer.memory", BUFFER_BYTES);
        properties.put("max.request.size", Topics.RECORD_BYTES_MAX);
        properties.put("compression.type", "lz4");
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /// Reads what a measurement has written to `usage-events`, from `begins`, up to about `eventsMax` events.
    static List<Ready> readBack(Rig rig, Map<TopicPartition, Long> begins, int eventsPerRecord, int eventsMax)
            throws IOException {
        Map<String, Object> properties = Map.of(
                "bootstrap.servers", rig.bootstrapServers(), "max.poll.records", 10_000, "fetch.max.bytes", 32 << 20);
        List<Ready> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(begins.keySet());
            begins.forEach(consumer::seek);
            Map<TopicPartition, Long> ends = rig.ends(Topics.USAGE_EVENTS.name());
            long deadline = System.nanoTime() + READ_WITHIN.toNanos();
            while (records.size() < eventsMax / eventsPerRecord && System.nanoTime() - deadline < 0) {
                boolean atEnd =
                        ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
                if (atEnd) {
                    break;
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    records.add(new Ready(record.partition(), record.key(), record.value(), eventsPerRecord));
                }
            }
        }
        if (records.isEmpty()) {
            throw new IOException("nothing was read back from " + Topics.USAGE_EVENTS.name());
        }
        return interleaved(records);
    }

    /// A consumer reads one partition after the other; they were written, and are to be sent again, side by side.
    private static List<Ready> interleaved(List<Ready> records) {
        List<Deque<Ready>> byPartition = new ArrayList<>();
        for (int partition = 0; partition < Rig.PARTITIONS; partition++) {
            byPartition.add(new ArrayDeque<>());
        }
        records.forEach(record -> byPartition.get(record.partition()).add(record));
        List<Ready> mixed = new ArrayList<>(records.size());
        while (mixed.size() < records.size()) {
            for (Deque<Ready> queue : byPartition) {
                Ready next = queue.poll();
                if (next != null) {
                    mixed.add(next);
                }
            }
        }
        return mixed;
    }
}
