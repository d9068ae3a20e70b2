package io.tollgate.contract.wire;

import io.tollgate.contract.topic.Topic;
import io.tollgate.definition.ApiKeyDefinition;
import io.tollgate.event.UsageBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.ClassSecurityValidator;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/// Reads values of one topic, whatever version of the contract wrote them. Thread-safe: Kafka Streams shares one
/// instance
/// among all its threads.
///
/// Throws [MalformedRecordException] for bytes that will never decode, and [RegistryUnavailableException] when the
/// writer's
/// schema cannot be had now; only the first is a reason to set a record aside.
public final class AvroDeserializer<V extends SpecificRecord> implements Deserializer<V> {
    private static final int HEADER_BYTES = 5;
    private static final String EVENTS = UsageBatch.class.getPackageName();
    private static final String DEFINITIONS = ApiKeyDefinition.class.getPackageName();

    static {
        // Avro makes instances of the classes that a schema names, so it must be told which to trust: our contracts,
        // beside
        // what was trusted before.
        ClassSecurityValidator.setGlobal(ClassSecurityValidator.composite(
                ClassSecurityValidator.getGlobal(),
                type -> type.getPackageName().equals(EVENTS)
                        || type.getPackageName().equals(DEFINITIONS)));
    }

    private final SchemaRegistry registry;
    private final SpecificData model;
    private final Schema readerSchema;
    /// Avro's readers and decoders keep state while they read, so each thread has its own.
    private final ThreadLocal<Reading<V>> readings = ThreadLocal.withInitial(Reading::new);

    private static final class Reading<V> {
        private final Map<Integer, SpecificDatumReader<V>> readers = new HashMap<>();
        private @Nullable BinaryDecoder decoder;
    }

    public AvroDeserializer(SchemaRegistry registry, Topic<V> topic) {
        this.registry = registry;
        this.model = SpecificData.getForClass(topic.valueType());
        this.readerSchema = model.getSchema(topic.valueType());
    }

    @Override
    @SuppressWarnings("NullAway") // Kafka's interface is not annotated: a null value is a tombstone.
    public @Nullable V deserialize(String topic, byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        if (bytes.length < HEADER_BYTES || bytes[0] != 0) {
            throw new MalformedRecordException("not in Confluent wire format: no zero byte and schema id at the start");
        }
        int schemaId = ByteBuffer.wrap(bytes, 1, 4).getInt();
        Reading<V> reading = readings.get();
        SpecificDatumReader<V> reader = reading.readers.computeIfAbsent(schemaId, this::readerFor);
        try {
            BinaryDecoder decoder = DecoderFactory.get()
                    .binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, reading.decoder);
            reading.decoder = decoder;
            V value = reader.read(null, decoder);
            if (!decoder.isEnd()) {
                throw new MalformedRecordException("bytes are left over after the value");
            }
            return value;
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException | ArithmeticException e) {
            throw new MalformedRecordException("not a value of schema " + schemaId + ": " + e.getMessage(), e);
        }
    }

    private SpecificDatumReader<V> readerFor(int schemaId) {
        Schema writerSchema = registry.schemaOf(schemaId);
        return new SpecificDatumReader<>(writerSchema, readerSchema, model);
    }
}
