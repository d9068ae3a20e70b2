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
import java.time.DateTimeException;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The definition topics. Acknowledged means: on all in-sync replicas. After a failure the producer is made anew, so a
/// failure that is fatal to a producer is not fatal to the outbox.
public final class KafkaDefinitionLog implements DefinitionLog {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaDefinitionLog.class);
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
            .build();

    /// A management call waits 2 s; the publisher holds a transaction this long at most.
    private static final Duration DELIVERY_MAX = Duration.ofSeconds(5);

    /// Offset of a row that was set aside: before every record, so that nobody waits for it.
    private static final long NOWHERE = -1;

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
        List<Optional<Future<RecordMetadata>>> sent = new ArrayList<>(rows.size());
        for (OutboxRow row : rows) {
            sent.add(record(row).map(producer()::send));
        }
        for (Optional<Future<RecordMetadata>> acknowledgement : sent) {
            offsets.add(
                    acknowledgement.isPresent() ? acknowledgement.get().get().offset() : NOWHERE);
        }
    }

    /// The record of a row; empty for a row that cannot be read, which only one changed by hand can be. It is set
    /// aside,
    /// so that it does not hold up everything behind it: what it said before stays in force.
    private Optional<ProducerRecord<byte[], byte[]>> record(OutboxRow row) {
        byte[] key = row.recordKey().getBytes(StandardCharsets.UTF_8);
        Encoder encoder = encoder(row.topic());
        try {
            byte @Nullable [] value =
                    row.payload().isPresent() ? encoder.encode(row.payload().get()) : null;
            return Optional.of(new ProducerRecord<>(row.topic(), key, value));
        } catch (DateTimeException | IllegalArgumentException | UnreadableRowException | ArithmeticException e) {
            LOG.error(
                    "the row {} of {} cannot be read and is not published; correct it in its table: {}",
                    row.recordKey(),
                    row.topic(),
                    e.getMessage());
            return Optional.empty();
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
