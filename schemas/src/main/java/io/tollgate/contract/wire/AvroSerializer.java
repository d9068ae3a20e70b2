package io.tollgate.contract.wire;

import io.tollgate.contract.topic.Topic;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/// Writes values of one topic. The schema is registered when the serializer is made, so writing asks nobody.
/// Thread-safe.
public final class AvroSerializer<V extends SpecificRecord> implements Serializer<V> {
    private static final int INITIAL_BYTES = 512;
    private static final int INITIAL_BYTES_MAX = 256 << 10;

    /// An encoder brings a buffer of its own, which is worth keeping: a thread writes many records.
    private static final ThreadLocal<@Nullable BinaryEncoder> ENCODERS = new ThreadLocal<>();

    private final int schemaId;
    private final SpecificDatumWriter<V> writer;
    /// Size of the last record: the best guess for the next.
    private volatile int lastBytes = INITIAL_BYTES;

    /// @throws RegistryUnavailableException if the registry does not answer
    public AvroSerializer(SchemaRegistry registry, Topic<V> topic) {
        SpecificData model = SpecificData.getForClass(topic.valueType());
        this.schemaId = registry.register(topic.registrySubject(), model.getSchema(topic.valueType()));
        this.writer = new SpecificDatumWriter<>(model.getSchema(topic.valueType()), model);
    }

    @Override
    @SuppressWarnings("NullAway") // Kafka's interface is not annotated: a null value is a tombstone.
    public byte @Nullable [] serialize(String topic, @Nullable V value) {
        if (value == null) {
            return null;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(Math.clamp(lastBytes, INITIAL_BYTES, INITIAL_BYTES_MAX));
        out.write(0);
        out.write(schemaId >>> 24);
        out.write(schemaId >>> 16);
        out.write(schemaId >>> 8);
        out.write(schemaId);
        try {
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, ENCODERS.get());
            ENCODERS.set(encoder);
            writer.write(value, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        lastBytes = out.size();
        return out.toByteArray();
    }
}
