package io.tollgate.control.outbox.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.control.outbox.DefinitionLog;
import io.tollgate.control.outbox.OutboxRow;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/// The definition topics. Acknowledged means: on all in-sync replicas. After a failure the producer is made anew, so a
/// failure that is fatal to a producer is not fatal to the outbox.
public final class KafkaDefinitionLog implements DefinitionLog {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
            .build();

    /// A management call waits 2 s; the publisher holds a transaction this long at most.
    private static final Duration DELIVERY_MAX = Duration.ofSeconds(5);

    private static final Duration REQUEST_MAX = Duration.ofSeconds(2);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(1);

    private final String bootstrapServers;
    private final SchemaRegistry registry;
    private final Map<String, DefinitionAvro<?>> formats = new HashMap<>();
    private final Map<String, Encoder> encoders = new HashMap<>();
    private @Nullable Producer<byte[], byte[]> producer;

    /// Asks neither the broker nor the registry yet.
    public KafkaDefinitionLog(String bootstrapServers, SchemaRegistry registry, List<DefinitionAvro<?>> formats) {
        this.bootstrapServers = bootstrapServers;
        this.registry = registry;
        formats.forEach(format -> this.formats.put(format.topic().name(), format));
    }

    @Override
    public Appended append(List<OutboxRow> rows) {
        List<Long> offsets = new ArrayList<>(rows.size());
        try {
            int from = 0;
            while (from < rows.size()) {
                int to = from;
                String topic = rows.get(from).topic();
                while (to < rows.size() && rows.get(to).topic().equals(topic)) {
                    to++;
                }
                appendToOneTopic(rows.subList(from, to), offsets);
                from = to;
            }
            return new Appended(offsets, Optional.empty());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Appended(offsets, Optional.of(new KafkaException("interrupted while publishing", e)));
        } catch (ExecutionException e) {
            close();
            return new Appended(offsets, Optional.of(new KafkaException("the log did not take a definition", e)));
        } catch (RuntimeException e) {
            close();
            return new Appended(offsets, Optional.of(e));
        }
    }

    private void appendToOneTopic(List<OutboxRow> rows, List<Long> offsets)
            throws InterruptedException, ExecutionException {
        List<Future<RecordMetadata>> sent = new ArrayList<>(rows.size());
        for (OutboxRow row : rows) {
            byte[] key = row.recordKey().getBytes(StandardCharsets.UTF_8);
            byte @Nullable [] value = row.payload().isPresent()
                    ? encoder(row.topic()).encode(row.payload().get())
                    : null;
            sent.add(producer().send(new ProducerRecord<>(row.topic(), key, value)));
        }
        for (Future<RecordMetadata> acknowledgement : sent) {
            offsets.add(acknowledgement.get().offset());
        }
    }

    private Encoder encoder(String topic) {
        return encoders.computeIfAbsent(topic, name -> {
            DefinitionAvro<?> format = formats.get(name);
            if (format == null) {
                throw new IllegalStateException(
                        "the outbox holds a row for " + name + ", which carries no definitions");
            }
            return encoder(format);
        });
    }

    private <V extends SpecificRecord> Encoder encoder(DefinitionAvro<V> format) {
        AvroSerializer<V> serializer = new AvroSerializer<>(registry, format.topic());
        return json -> {
            try {
                Optional<V> value = format.toAvro(JSON.readTree(json));
                return value.isPresent() ? serializer.serialize(format.topic().name(), value.get()) : null;
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("the outbox holds a payload that is not JSON", e);
            }
        };
    }

    private interface Encoder {
        byte @Nullable [] encode(String json);
    }

    private Producer<byte[], byte[]> producer() {
        if (producer == null) {
            producer = new KafkaProducer<>(
                    Map.of(
                            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                            bootstrapServers,
                            ProducerConfig.CLIENT_ID_CONFIG,
                            "tollgate-outbox",
                            ProducerConfig.ACKS_CONFIG,
                            "all",
                            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                            true,
                            ProducerConfig.LINGER_MS_CONFIG,
                            0,
                            ProducerConfig.MAX_BLOCK_MS_CONFIG,
                            REQUEST_MAX.toMillis(),
                            ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                            (int) REQUEST_MAX.toMillis(),
                            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                            (int) DELIVERY_MAX.toMillis()),
                    new ByteArraySerializer(),
                    new ByteArraySerializer());
        }
        return producer;
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(CLOSE_MAX);
            producer = null;
        }
    }
}
