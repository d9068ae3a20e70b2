package io.tollgate.aggregate.usage.topology;

import io.tollgate.contract.topic.Topics;
import io.tollgate.quota.ledger.Lease;
import io.tollgate.quota.ledger.Ledgers;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Kafka clients for the aggregator whose producers tell when a transaction commits: that renews the lease of the
/// thread that commits, and says how far its partitions are done. A transaction carries the consumer's generation, so
/// one that commits proves that the group had not given the member's partitions away. A thread that has nothing to
/// commit commits where it stands, to prove it all the same.
final class CommitLeases implements KafkaClientSupplier {
    private static final Logger LOG = LoggerFactory.getLogger(CommitLeases.class);
    private static final String CONSUMER_SUFFIX = "-consumer";
    private static final String PRODUCER_SUFFIX = "-producer";

    /// The producer of a stream thread, which it has for all its tasks; everything of a task happens on its thread.
    private static final ThreadLocal<@Nullable TellingProducer> OF_THREAD = new ThreadLocal<>();

    private final Ledgers ledgers;
    private final Map<String, Consumer<byte[], byte[]>> consumers = new ConcurrentHashMap<>();

    CommitLeases(Ledgers ledgers) {
        this.ledgers = ledgers;
    }

    /// The lease that commits of the calling stream thread renew; one that never holds where transactions are not
    /// used.
    static Lease ofThisThread() {
        TellingProducer producer = OF_THREAD.get();
        return producer == null ? new Lease(System.nanoTime()) : producer.lease;
    }

    /// Commits that the calling stream thread is done with everything before `position`, unless it has committed
    /// something lately.
    static void proveOwnership(int partition, long position) {
        TellingProducer producer = OF_THREAD.get();
        if (producer != null) {
            producer.prove(partition, position);
        }
    }

    @Override
    public Admin getAdmin(Map<String, Object> config) {
        return Admin.create(config);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return new TellingProducer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        Consumer<byte[], byte[]> consumer = consumer(config);
        consumers.put(threadOf(config, CONSUMER_SUFFIX), consumer);
        return consumer;
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

    /// Streams names the clients of a thread after it.
    private static String threadOf(Map<String, Object> config, String suffix) {
        String clientId = String.valueOf(config.get(CommonClientConfigs.CLIENT_ID_CONFIG));
        return clientId.endsWith(suffix) ? clientId.substring(0, clientId.length() - suffix.length()) : clientId;
    }

    /// Used by its stream thread alone.
    private final class TellingProducer extends KafkaProducer<byte[], byte[]> {
        /// Well inside the lease, so that one slow commit does not end it.
        private static final long PROVE_EVERY_NANOS = 400_000_000;

        private final Lease lease = new Lease(System.nanoTime());
        private final String thread;
        private final Map<TopicPartition, OffsetAndMetadata> sent = new HashMap<>();
        private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        private boolean inTransaction;
        private long provenNanos = System.nanoTime() - PROVE_EVERY_NANOS;

        TellingProducer(Map<String, Object> config) {
            super(config, new ByteArraySerializer(), new ByteArraySerializer());
            this.thread = threadOf(config, PRODUCER_SUFFIX);
        }

        @Override
        public void initTransactions() {
            super.initTransactions();
            OF_THREAD.set(this);
        }

        @Override
        public void beginTransaction() {
            super.beginTransaction();
            inTransaction = true;
        }

        @Override
        public void sendOffsetsToTransaction(
                Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
            super.sendOffsetsToTransaction(offsets, group);
            offsets.forEach((partition, offset) -> {
                if (partition.topic().equals(Topics.USAGE_EVENTS.name())) {
                    sent.put(partition, offset);
                }
            });
        }

        @Override
        public void commitTransaction() {
            long started = System.nanoTime();
            super.commitTransaction();
            inTransaction = false;
            if (!sent.isEmpty()) {
                provenNanos = started;
                lease.renew(started);
                sent.forEach((partition, offset) -> ledgers.committed(partition.partition(), offset.offset()));
                committed.putAll(sent);
                sent.clear();
            }
        }

        @Override
        public void abortTransaction() {
            sent.clear();
            super.abortTransaction();
            inTransaction = false;
        }

        void prove(int partition, long position) {
            Consumer<byte[], byte[]> consumer = consumers.get(thread);
            if (inTransaction || consumer == null || System.nanoTime() - provenNanos < PROVE_EVERY_NANOS) {
                return;
            }
            TopicPartition where = new TopicPartition(Topics.USAGE_EVENTS.name(), partition);
            OffsetAndMetadata stands = committed.get(where);
            OffsetAndMetadata offset =
                    stands != null && stands.offset() >= position ? stands : new OffsetAndMetadata(position);
            beginTransaction();
            try {
                sendOffsetsToTransaction(Map.of(where, offset), consumer.groupMetadata());
                commitTransaction();
            } catch (CommitFailedException | RebalanceInProgressException e) {
                // The group is about to tell the thread why. Until it owns something again, it does not admit.
                LOG.info("{} does not own its partitions any more: {}", thread, e.toString());
                abortTransaction();
            }
        }
    }
}
