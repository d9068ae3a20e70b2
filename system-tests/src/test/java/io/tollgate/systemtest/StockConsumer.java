package io.tollgate.systemtest;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/// Reads topics as anybody could who has never seen the product's code: Kafka's own consumer with read_committed, and
/// Avro's own reader with the writer's schema from the registry.
final class StockConsumer {
    private static final Duration SILENCE_MAX = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(200);

    /// Confluent wire format: a zero byte and the schema's number.
    private static final int HEADER_BYTES = 5;

    private final String bootstrapServers;
    private final String registryUrl;
    private final Map<Integer, Schema> schemas = new HashMap<>();
    private final GenericData data = new GenericData();

    /// @param key as the record carries it
    record Entry(int partition, long offset, String key, GenericRecord value) {
        String text(String field) {
            return String.valueOf(value.get(field));
        }
    }

    StockConsumer(String bootstrapServers, String registryUrl) {
        this.bootstrapServers = bootstrapServers;
        this.registryUrl = registryUrl;
        data.addLogicalTypeConversion(new Conversions.DecimalConversion());
    }

    /// Of a process that brings broker and registry.
    static StockConsumer of(ServerProcess server) {
        return new StockConsumer(
                "127.0.0.1:" + server.setting("TOLLGATE_KAFKA_PORT"),
                "http://127.0.0.1:" + server.setting("TOLLGATE_REGISTRY_PORT"));
    }

    /// Everything that is committed now, each partition in the log's order.
    List<Entry> readAll(String topic) throws IOException, InterruptedException {
        Map<String, Object> config = Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                false);
        List<Entry> entries = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long deadline = System.nanoTime() + SILENCE_MAX.toNanos();
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    entries.add(new Entry(record.partition(), record.offset(), record.key(), decoded(record.value())));
                    deadline = System.nanoTime() + SILENCE_MAX.toNanos();
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new AssertionError(topic + " cannot be read to its end");
                }
            }
        }
        return entries;
    }

    private GenericRecord decoded(byte[] value) throws IOException, InterruptedException {
        int id = ByteBuffer.wrap(value).getInt(1);
        Schema schema = schemas.get(id);
        if (schema == null) {
            schema = fetched(id);
            schemas.put(id, schema);
        }
        return new GenericDatumReader<GenericRecord>(schema, schema, data)
                .read(null, DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, null));
    }

    private Schema fetched(int id) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            String answer = http.send(
                            HttpRequest.newBuilder(URI.create(registryUrl + "/schemas/ids/" + id))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
            return new Schema.Parser()
                    .parse(new ObjectMapper().readTree(answer).path("schema").asText());
        }
    }
}
