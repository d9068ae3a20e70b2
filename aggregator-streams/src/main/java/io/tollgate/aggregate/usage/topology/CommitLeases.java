package io.tollgate.aggregate.usage.topology;

import io.tollgate.contract.topic.Topics;
import io.tollgate.quota.ledger.Lease;
import io.tollgate.quota.ledger.Ledgers;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/// Kafka clients for the aggregator whose producers tell when a transaction commits: that renews the lease of the
/// thread that
/// commits, and says how far its partitions are done. A transaction carries the member's generation, so one that
/// commits proves
/// that the group had not given the member's partitions away.
final class CommitLeases implements KafkaClientSupplier {
    /// One per stream thread: a thread has one producer for all its tasks, and everything of a task happens on its
    /// thread.
    private static final ThreadLocal<Lease> OF_THREAD = ThreadLocal.withInitial(() -> new Lease(System.nanoTime()));

    private final Ledgers ledgers;

    CommitLeases(Ledgers ledgers) {
        this.ledgers = ledgers;
    }

    /// The lease that commits of the calling stream thread renew.
    static Lease ofThisThread() {
        return OF_THREAD.get();
    }

    @Override
    public Admin getAdmin(Map<String, Object> config) {
        return Admin.create(config);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return new TellingProducer(config, ledgers);
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        return consumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return consumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        return consumer(config);
    }

    private static Consumer<byte[], byte[]> consumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static final class TellingProducer extends KafkaProducer<byte[], byte[]> {
        private final Ledgers ledgers;
        private final Map<Integer, Long> positions = new HashMap<>();

        TellingProducer(Map<String, Object> config, Ledgers ledgers) {
            super(config, new ByteArraySerializer(), new ByteArraySerializer());
            this.ledgers = ledgers;
        }

        @Override
        public void sendOffsetsToTransaction(
                Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
            super.sendOffsetsToTransaction(offsets, group);
            offsets.forEach((partition, offset) -> {
                if (partition.topic().equals(Topics.USAGE_EVENTS.name())) {
                    positions.put(partition.partition(), offset.offset());
                }
            });
        }

        @Override
        public void commitTransaction() {
            long started = System.nanoTime();
            super.commitTransaction();
            if (!positions.isEmpty()) {
                OF_THREAD.get().renew(started);
                positions.forEach(ledgers::committed);
                positions.clear();
            }
        }

        @Override
        public void abortTransaction() {
            positions.clear();
            super.abortTransaction();
        }
    }
}
