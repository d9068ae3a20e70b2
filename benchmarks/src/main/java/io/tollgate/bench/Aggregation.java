package io.tollgate.bench;

import io.tollgate.contract.topic.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/// The aggregator working off a backlog, beside the least that finds duplicates of the same keys exactly once: a Kafka
/// Streams program with one RocksDB store, one record per event, that passes new events on.
final class Aggregation {
    static final String NAME = "aggregate";
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(10);
    private static final int COMMIT_INTERVAL_MS = 100;
    private static final String SEEN = "seen";
    private static final String DEDUPE = "bench.dedupe";
    private static final int ID_BYTES = 16;

    private final Rig rig;
    private final Plan plan;
    private final int threads = Runtime.getRuntime().availableProcessors();

    private Aggregation(Rig rig, Plan plan) {
        this.rig = rig;
        this.plan = plan;
    }

    static List<Figure> run(Rig rig, Plan plan) throws IOException {
        rig.run();
        rig.stopInstance();
        rig.skipUncounted();
        return new Aggregation(rig, plan).measure();
    }

    private List<Figure> measure() throws IOException {
        String in = rig.scratchTopic("bench.dedupe-in");
        String out = rig.scratchTopic("bench.dedupe-out");
        EventRecords events = new EventRecords(rig.organizationId(), rig.schemaRegistry());
        Figure.Rounds rounds = new Figure.Rounds();
        Path state = Files.createTempDirectory("tollgate-bench-");
        try {
            // One round more, that warms up and is not counted.
            for (int round = -1; round < plan.rounds(); round++) {
                EventRecords.Backlog backlog = events.backlog(plan.backlogEvents());
                int count = backlog.singles().size();
                RawProducer.send(rig, Topics.USAGE_EVENTS.name(), backlog.batches());
                RawProducer.send(rig, in, backlog.singles());
                double value = count * aggregate();
                double limit = count / dedupe(in, out, state);
                if (round >= 0) {
                    rounds.values.add(value);
                    rounds.limits.add(limit);
                    rounds.lags.add(rig.uncounted());
                    plan.round(NAME, round, "%,.0f events/s; bare dedupe %,.0f", value, limit);
                }
            }
        } finally {
            Rig.delete(state);
            rig.deleteTopic(in);
            rig.deleteTopic(out);
        }
        return List.of(Figure.of(NAME, "catching up, 1 tenant a batch", "events/s", rounds.values)
                .against("bare Streams dedupe", rounds.limits)
                .behind(rounds.lags));
    }

    /// Which share of what is in the log the aggregator counts in a second, from when it begins: some threads count
    /// before
    /// all of them run.
    private double aggregate() throws IOException {
        double all = rig.uncounted();
        try (LoneAggregator aggregator = new LoneAggregator(rig, threads, Optional.empty())) {
            rig.await("started", () -> aggregator.running() || rig.uncounted() < all);
            long began = System.nanoTime();
            double left = rig.uncounted();
            rig.awaitCounted();
            double seconds = (System.nanoTime() - began) / 1e9;
            aggregator.stop();
            return left / all / seconds;
        }
    }

    private double dedupe(String in, String out, Path state) throws IOException {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, DEDUPE);
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, rig.bootstrapServers());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_INTERVAL_MS);
        properties.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        properties.put(StreamsConfig.producerPrefix("transaction.timeout.ms"), 10_000);
        Topology topology = new Topology();
        topology.addSource("in", new ByteArrayDeserializer(), new ByteArrayDeserializer(), in)
                .addProcessor("dedupe", Dedupe::new, "in")
                .addStateStore(
                        Stores.keyValueStoreBuilder(
                                        Stores.persistentKeyValueStore(SEEN), Serdes.ByteArray(), Serdes.ByteArray())
                                .withCachingDisabled()
                                .withLoggingEnabled(Map.of()),
                        "dedupe")
                .addSink("out", out, new ByteArraySerializer(), new ByteArraySerializer(), "dedupe");
        long end = rig.ends(in).values().stream().mapToLong(Long::longValue).sum();
        try (KafkaStreams streams = new KafkaStreams(topology, properties)) {
            streams.start();
            rig.await("started", () -> streams.state() == KafkaStreams.State.RUNNING);
            long began = System.nanoTime();
            rig.await("deduplicated", () -> rig.committed(DEDUPE, in) >= end);
            double seconds = (System.nanoTime() - began) / 1e9;
            streams.close(org.apache.kafka.streams.CloseOptions.groupMembershipOperation(
                            org.apache.kafka.streams.CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                    .withTimeout(CLOSE_WITHIN));
            return seconds;
        }
    }

    private static final class Dedupe implements Processor<byte[], byte[], byte[], byte[]> {
        private ProcessorContext<byte[], byte[]> context;
        private KeyValueStore<byte[], byte[]> seen;

        @SuppressWarnings("NullAway.Init") // Streams calls init before process.
        Dedupe() {}

        @Override
        public void init(ProcessorContext<byte[], byte[]> newContext) {
            this.context = newContext;
            this.seen = newContext.getStateStore(SEEN);
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            byte[] id = Arrays.copyOf(record.value(), ID_BYTES);
            if (seen.get(id) == null) {
                seen.put(
                        id,
                        ByteBuffer.allocate(Long.BYTES)
                                .putLong(record.timestamp())
                                .array());
                context.forward(record);
            }
        }
    }
}
