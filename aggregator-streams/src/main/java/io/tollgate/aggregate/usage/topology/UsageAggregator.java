package io.tollgate.aggregate.usage.topology;

import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.quota.ledger.Books;
import io.tollgate.quota.ledger.Ledgers;
import io.tollgate.quota.ledger.kafka.PartitionBooks;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.quota.query.LocalCounters;
import io.tollgate.quota.routing.Owner;
import io.tollgate.quota.store.CounterReader;
import io.tollgate.quota.store.Counters;
import io.tollgate.quota.store.CountersType;
import io.tollgate.quota.store.Stores;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.DefaultProductionExceptionHandler;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.LogAndFailProcessingExceptionHandler;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The running aggregator of this process: its share of the partitions, counted exactly once. Start it once; closing
/// leaves
/// the group at once, so other instances take over without waiting for a session to time out.
public final class UsageAggregator implements LocalCounters, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UsageAggregator.class);

    /// One transaction per this time and thread: the delay before downstream consumers see an event.
    private static final int COMMIT_INTERVAL_MS = 100;
    /// After a kill, read_committed readers wait at most this long for the dead transaction to be aborted.
    private static final int TRANSACTION_TIMEOUT_MS = 10_000;
    /// After a kill, this long until another instance takes over. The broker's minimum must allow it.
    private static final int SESSION_TIMEOUT_MS = 6_000;

    private static final int HEARTBEAT_INTERVAL_MS = 1_500;
    /// Records buffered per partition; a record may be 9 MB, so this is also a bound of memory.
    private static final int BUFFERED_RECORDS_MAX = 100;

    private static final int PRODUCER_BATCH_BYTES = 128 << 10;
    /// With three copies a write waits for two, so that one may be lost.
    private static final int FULL_REPLICATION = 3;

    private static final Duration RESTART_DELAY = Duration.ofSeconds(1);
    private static final Duration DISCARD_WITHIN = Duration.ofSeconds(10);

    /// The counters that were last found to be the owner's here, by partition: asking Streams takes longer than
    /// reading.
    private final Map<Integer, Counters> owned = new ConcurrentHashMap<>();

    private final Supplier<KafkaStreams> composed;
    private final Restoration restoration = new Restoration();
    /// Replaced at most once, by [#start()].
    private volatile KafkaStreams streams;

    /// @param ledgers of this process; not closed here
    /// @param defined what is defined about meters
    public UsageAggregator(
            AggregatorConfig config, SchemaRegistry registry, UsageMetrics metrics, Ledgers ledgers, Metrics defined) {
        this.composed = () -> {
            KafkaStreams made = new KafkaStreams(
                    UsageTopology.build(
                            registry, config.dedupHorizon(), config.partitions(), metrics, ledgers, defined),
                    properties(config),
                    new CommitLeases(ledgers));
            made.setGlobalStateRestoreListener(restoration);
            made.setUncaughtExceptionHandler(exception -> {
                // Nothing was committed, so starting over is safe and is all that can be done; a pause keeps a lasting
                // fault from spinning.
                LOG.error("an aggregator thread failed and starts over from the last commit", exception);
                LockSupport.parkNanos(RESTART_DELAY.toNanos());
                return StreamThreadExceptionResponse.REPLACE_THREAD;
            });
            return made;
        };
        this.streams = composed.get();
    }

    /// Opens what is stored here and joins the group. Stores that cannot be opened are deleted and restored from the
    /// log: a process that is killed while it deletes a partition's stores leaves some of their files, and Streams
    /// opens
    /// every store that it finds before it asks which are wanted.
    ///
    /// @throws org.apache.kafka.streams.errors.StreamsException if it cannot start without them either
    public void start() {
        try {
            streams.start();
        } catch (StreamsException unreadable) {
            LOG.error("what is stored here cannot be opened; it is deleted and restored from the log", unreadable);
            streams.close(DISCARD_WITHIN);
            KafkaStreams empty = composed.get();
            empty.cleanUp();
            streams = empty;
            empty.start();
        }
    }

    /// Whether this instance processes: it has joined the group and all its partitions are restored.
    public boolean running() {
        return streams.state() == KafkaStreams.State.RUNNING;
    }

    /// What it is doing, for people.
    public String state() {
        long left = restoration.recordsLeft();
        String state = streams.state().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return left > 0 ? "restoring its state, " + left + " records to go" : state;
    }

    /// For binding Streams' own metrics, once it has started: the start may replace it.
    public KafkaStreams streams() {
        return streams;
    }

    /// The counters of a partition, if this instance owns it and has restored it. A reader stays good until the
    /// partition
    /// moves; then it throws [InvalidStateStoreException].
    @Override
    public Optional<CounterReader> counters(int partition) {
        Counters known = owned.get(partition);
        if (known != null && known.serving()) {
            return Optional.of(known);
        }
        Optional<Counters> found = stored(partition).filter(Counters::serving);
        found.ifPresentOrElse(counters -> owned.put(partition, counters), () -> owned.remove(partition));
        return found.map(CounterReader.class::cast);
    }

    @Override
    public Optional<CounterReader> copy(int partition) {
        return stored(partition).map(Counters::copy);
    }

    /// What is stored here of a partition's windows, whoever owns it, as a ledger reads it. It may lag behind.
    public Optional<Books> standby(int partition) {
        try {
            ReadOnlyKeyValueStore<Bytes, byte[]> marks = streams.store(StoreQueryParameters.fromNameAndType(
                            Stores.QUOTA_MARKS, QueryableStoreTypes.<Bytes, byte[]>keyValueStore())
                    .withPartition(partition)
                    .enableStaleStores());
            return copy(partition).map(counters -> PartitionBooks.copy(counters, marks));
        } catch (InvalidStateStoreException e) {
            return Optional.empty();
        }
    }

    /// Stores of standbys and of threads that are just being given more partitions included: whether a store is the
    /// owner's,
    /// it says itself.
    private Optional<Counters> stored(int partition) {
        try {
            return Optional.of(streams.store(StoreQueryParameters.fromNameAndType(Stores.COUNTERS, new CountersType())
                    .withPartition(partition)
                    .enableStaleStores()));
        } catch (InvalidStateStoreException e) {
            return Optional.empty();
        }
    }

    /// Stops processing, commits what is counted, and leaves the group.
    ///
    /// @return false if that took longer than `atMost`; what was not committed is counted again by the next owner
    public boolean close(Duration atMost) {
        return streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                .withTimeout(atMost));
    }

    @Override
    public void close() {
        close(Duration.ofSeconds(5));
    }

    private static Properties properties(AggregatorConfig config) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, Stores.AGGREGATOR_APPLICATION_ID);
        properties.put(StreamsConfig.CLIENT_ID_CONFIG, Owner.clientId(config.advertisedAddress()));
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, config.stateDir().toString());
        properties.put(StreamsConfig.APPLICATION_SERVER_CONFIG, config.advertisedAddress());
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, (int) config.replication());
        properties.put(
                StreamsConfig.topicPrefix("min.insync.replicas"), config.replication() >= FULL_REPLICATION ? "2" : "1");
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.streamThreads());
        properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, config.standbys());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_INTERVAL_MS);
        properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        properties.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, BUFFERED_RECORDS_MAX);
        properties.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, RocksDbBounds.class);
        properties.put(StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetters.class);
        properties.put(
                StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, LogAndFailProcessingExceptionHandler.class);
        properties.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG, true);
        properties.put(
                StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG, DefaultProductionExceptionHandler.class);
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), SESSION_TIMEOUT_MS);
        properties.put(
                StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), HEARTBEAT_INTERVAL_MS);
        properties.put(
                StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), Topics.RECORD_BYTES_MAX);
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), TRANSACTION_TIMEOUT_MS);
        properties.put(
                StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), 2 * Topics.RECORD_BYTES_MAX);
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), PRODUCER_BATCH_BYTES);
        return properties;
    }
}
