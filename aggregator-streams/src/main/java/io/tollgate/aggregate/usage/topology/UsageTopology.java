package io.tollgate.aggregate.usage.topology;

import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroDeserializer;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.contract.wire.MalformedRecordException;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageWindow;
import io.tollgate.quota.ledger.Ledgers;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.quota.store.Stores;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.jspecify.annotations.Nullable;

/// The way of a logged event, top to bottom:
///
/// ```
/// usage-events -> judge-events [seen-keys, voided-events, counters, samples, quota-marks, reservations] ->
///                                                                    count-windows [counters, samples] ->
/// usage-windows
///                                                                \-> watch-metrics [counters, limit-marks] ->
/// quota-alerts, metric-snapshots
///                                                                \-> pass-on -> accepted-events, rejected-events,
/// event-corrections
///                                                                \-> quota-alerts
/// ```
///
/// Store and node names are stateful: changing one orphans its changelog.
public final class UsageTopology {
    static final String ACCEPTED_SINK = "accepted-events";
    static final String REJECTED_SINK = "rejected-events";
    static final String CORRECTIONS_SINK = "event-corrections";
    private static final String SOURCE = "usage-events";
    static final String ALERTS_SINK = "quota-alerts";
    private static final String JUDGE_EVENTS = "judge-events";
    static final String COUNT_WINDOWS = "count-windows";
    static final String WATCH_METRICS = "watch-metrics";
    static final String LIMIT_ALERTS_SINK = "limit-alerts";
    static final String SNAPSHOTS_SINK = "metric-snapshots";
    static final String PASS_ON = "pass-on";
    private static final String WINDOWS_SINK = "usage-windows";

    private UsageTopology() {}

    /// @param horizon how long an idempotency key is recognised after its arrival
    /// @param partitions how many partitions `usage-events` has
    /// @param ledgers where the partitions' ledgers begin and end
    /// @param defined what is defined about meters
    public static Topology build(
            SchemaRegistry registry,
            Duration horizon,
            int partitions,
            UsageMetrics metrics,
            Ledgers ledgers,
            Metrics defined) {
        Topology topology = new Topology();
        topology.addSource(SOURCE, keys(), batches(registry), Topics.USAGE_EVENTS.name());
        topology.addProcessor(JUDGE_EVENTS, () -> new JudgeEvents(horizon, partitions, ledgers, defined), SOURCE);
        topology.addProcessor(COUNT_WINDOWS, () -> new CountWindows(defined), JUDGE_EVENTS);
        topology.addProcessor(WATCH_METRICS, () -> new WatchMetrics(defined, partitions), JUDGE_EVENTS);
        topology.addProcessor(PASS_ON, () -> new PassOn(metrics), JUDGE_EVENTS);
        topology.addStateStore(Stores.seenKeys(horizon), JUDGE_EVENTS);
        topology.addStateStore(Stores.counters(), JUDGE_EVENTS, COUNT_WINDOWS, WATCH_METRICS);
        topology.addStateStore(Stores.voidedEvents(), JUDGE_EVENTS);
        topology.addStateStore(Stores.samples(), JUDGE_EVENTS, COUNT_WINDOWS);
        topology.addStateStore(Stores.limitMarks(), WATCH_METRICS);
        topology.addStateStore(Stores.quotaMarks(), JUDGE_EVENTS);
        topology.addStateStore(Stores.reservations(), JUDGE_EVENTS);
        sink(topology, ACCEPTED_SINK, Topics.ACCEPTED_EVENTS, registry, UsageTopology::bySubjectKey, PASS_ON);
        sink(topology, REJECTED_SINK, Topics.REJECTED_EVENTS, registry, UsageTopology::bySubjectKey, PASS_ON);
        sink(topology, CORRECTIONS_SINK, Topics.EVENT_CORRECTIONS, registry, UsageTopology::bySubjectKey, PASS_ON);
        sink(topology, ALERTS_SINK, Topics.QUOTA_ALERTS, registry, UsageTopology::bySubjectKey, JUDGE_EVENTS);
        sink(topology, LIMIT_ALERTS_SINK, Topics.QUOTA_ALERTS, registry, UsageTopology::bySubjectKey, WATCH_METRICS);
        sink(topology, SNAPSHOTS_SINK, Topics.METRIC_SNAPSHOTS, registry, UsageTopology::bySubjectKey, WATCH_METRICS);
        sink(topology, WINDOWS_SINK, Topics.USAGE_WINDOWS, registry, UsageTopology::bySubjectOfWindow, COUNT_WINDOWS);
        return topology;
    }

    private static <V extends SpecificRecord> void sink(
            Topology topology,
            String name,
            Topic<V> topic,
            SchemaRegistry registry,
            StreamPartitioner<String, V> partitioner,
            String parent) {
        topology.addSink(
                name, topic.name(), new StringSerializer(), new AvroSerializer<>(registry, topic), partitioner, parent);
    }

    private static Deserializer<String> keys() {
        StringDeserializer inner = new StringDeserializer();
        return (topic, bytes) -> {
            if (bytes == null) {
                throw new MalformedRecordException("a record of " + topic + " has a key");
            }
            return inner.deserialize(topic, bytes);
        };
    }

    /// A tombstone has no place in this topic and is as malformed as bytes that do not decode.
    private static Deserializer<UsageBatch> batches(SchemaRegistry registry) {
        AvroDeserializer<UsageBatch> inner = new AvroDeserializer<>(registry, Topics.USAGE_EVENTS);
        return (topic, bytes) -> {
            if (bytes == null) {
                throw new MalformedRecordException("a record of " + topic + " has a value");
            }
            return inner.deserialize(topic, bytes);
        };
    }

    private static Optional<Set<Integer>> bySubjectKey(
            String topic, String key, @Nullable Object value, int partitions) {
        return Optional.of(Set.of(Partitioning.partitionOf(key.getBytes(StandardCharsets.UTF_8), partitions)));
    }

    private static Optional<Set<Integer>> bySubjectOfWindow(
            String topic, String key, UsageWindow window, int partitions) {
        String subjectKey = window.getOrganizationId() + "/" + window.getSubject();
        return Optional.of(Set.of(Partitioning.partitionOf(subjectKey.getBytes(StandardCharsets.UTF_8), partitions)));
    }
}
