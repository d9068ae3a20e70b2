package io.tollgate.billing.usage.kafka;

import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.SinkOffsets;
import io.tollgate.billing.usage.UsageStore;
import io.tollgate.billing.usage.WriteOutcome;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.SchemaRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.event.ListenerContainerIdleEvent;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;

/// The consumers that carry the log into the database: events, rejected events, corrections and counters, or whatever
/// one other
/// topic holds. Any number of processes may run one: they share the partitions.
public final class UsageSink {
    private static final Logger LOG = LoggerFactory.getLogger(UsageSink.class);

    /// Consumer groups begin with it.
    public static final String GROUP_PREFIX = "tollgate-sink-";

    /// How often an idle consumer comes back from polling, and moves positions past transaction markers.
    private static final Duration POLL = Duration.ofMillis(100);

    /// How long the broker may wait for more before it answers: an event should be readable soon after it is counted.
    private static final Duration FETCH_WAIT_MAX = Duration.ofMillis(50);

    /// A counter that changes all the time is published ten times a second; gathering for a while stores it once.
    private static final Duration GATHER_WAIT_MAX = Duration.ofMillis(250);

    private static final int GATHERED_BYTES_MIN = 256 << 10;
    private static final int GATHERED_BATCHES = 4;

    private static final int FETCH_BYTES_MAX = 32 << 20;

    /// Also the most that a batch's records of one partition take in memory, before they are decoded.
    private static final int PARTITION_FETCH_BYTES_MAX = 8 << 20;

    /// A batch takes a second; an attempt against a PostgreSQL that hangs may take its socket timeout, and then pauses.
    private static final Duration POLL_INTERVAL_MAX = Duration.ofMinutes(5);

    /// After a kill the partitions go to another process this soon.
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(6);

    private final List<SinkListener<?, ?>> listeners;
    private final List<ConcurrentMessageListenerContainer<byte[], byte[]>> containers;
    private final DeadLetters deadLetters;
    private volatile boolean started;

    /// Asks neither Kafka nor the store yet.
    public UsageSink(
            UsageStore store,
            String bootstrapServers,
            SchemaRegistry registry,
            SinkConfig config,
            MeterRegistry metrics) {
        this(bootstrapServers, config, deadLetters -> listeners(store, registry, deadLetters, metrics));
    }

    private UsageSink(
            String bootstrapServers, SinkConfig config, Function<DeadLetters, List<SinkListener<?, ?>>> listeners) {
        this.deadLetters = new DeadLetters(bootstrapServers);
        this.listeners = listeners.apply(deadLetters);
        this.containers = this.listeners.stream()
                .map(listener -> container(listener, bootstrapServers, config))
                .toList();
    }

    /// A sink of one topic.
    ///
    /// @param fromAvro raises [IllegalArgumentException] for a record that can never be stored
    /// @param write stores records together with how far the topic is read then
    public static <V extends SpecificRecord, R> UsageSink ofTopic(
            Topic<V> topic,
            Function<V, R> fromAvro,
            BiFunction<List<R>, List<Advance>, WriteOutcome> write,
            SinkOffsets offsets,
            String bootstrapServers,
            SchemaRegistry registry,
            SinkConfig config,
            MeterRegistry metrics) {
        return new UsageSink(
                bootstrapServers,
                config,
                deadLetters ->
                        List.of(new SinkListener<>(topic, registry, fromAvro, write, offsets, deadLetters, metrics)));
    }

    private static List<SinkListener<?, ?>> listeners(
            UsageStore store, SchemaRegistry registry, DeadLetters deadLetters, MeterRegistry metrics) {
        return List.of(
                new SinkListener<>(
                        Topics.ACCEPTED_EVENTS,
                        registry,
                        UsageAvro::fromAvro,
                        store::storeEvents,
                        store,
                        deadLetters,
                        metrics),
                new SinkListener<>(
                        Topics.USAGE_WINDOWS,
                        registry,
                        UsageAvro::fromAvro,
                        store::storeCounters,
                        store,
                        deadLetters,
                        metrics),
                new SinkListener<>(
                        Topics.REJECTED_EVENTS,
                        registry,
                        UsageAvro::fromAvro,
                        store::storeRejected,
                        store,
                        deadLetters,
                        metrics),
                new SinkListener<>(
                        Topics.EVENT_CORRECTIONS,
                        registry,
                        UsageAvro::fromAvro,
                        store::storeCorrections,
                        store,
                        deadLetters,
                        metrics));
    }

    /// Starts consuming and returns at once; Kafka and the store may come later.
    public void start() {
        started = true;
        containers.forEach(ConcurrentMessageListenerContainer::start);
    }

    /// Ends after the batches in hand, at the latest after `atMost`. What is not stored then is stored by the next
    /// start, or by another process.
    public void stop(Duration atMost) {
        started = false;
        CountDownLatch stopped = new CountDownLatch(containers.size());
        containers.forEach(container -> container.stop(stopped::countDown));
        try {
            if (!stopped.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("The sink is stopped in the middle of a batch; it is stored again from its start");
                containers.forEach(container -> container.stopAbnormally(() -> {}));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        deadLetters.close();
    }

    public SinkStatus status() {
        Map<String, Long> lag = listeners.stream().collect(Collectors.toMap(SinkListener::topic, SinkListener::lag));
        boolean running = started
                && containers.stream().allMatch(container -> container.isRunning() && container.isInExpectedState());
        if (!running) {
            return new SinkStatus(SinkStatus.State.DOWN, lag, Optional.of("the sink is not running"));
        }
        Optional<String> failure = listeners.stream()
                .flatMap(listener -> listener.failure().stream())
                .findFirst();
        return new SinkStatus(failure.isPresent() ? SinkStatus.State.DEGRADED : SinkStatus.State.UP, lag, failure);
    }

    private static ConcurrentMessageListenerContainer<byte[], byte[]> container(
            SinkListener<?, ?> listener, String bootstrapServers, SinkConfig config) {
        ContainerProperties properties = new ContainerProperties(listener.topic());
        properties.setGroupId(GROUP_PREFIX + listener.topic());
        properties.setMessageListener(listener);
        properties.setConsumerRebalanceListener(listener);
        properties.setAckMode(ContainerProperties.AckMode.MANUAL);
        properties.setSyncCommits(false);
        // These commits are for people only: one that a rebalance overtakes is no news.
        properties.setCommitCallback((offsets, failure) -> {
            if (failure != null) {
                LOG.debug("Offsets of {} not committed: {}", listener.topic(), failure.toString());
            }
        });
        properties.setPollTimeout(POLL.toMillis());
        properties.setIdleEventInterval(POLL.toMillis());
        properties.setMissingTopicsFatal(false);
        // Else a broker that refuses the credentials once would end the consumer for good.
        properties.setAuthExceptionRetryInterval(config.backOffMax());
        ConcurrentMessageListenerContainer<byte[], byte[]> container = new ConcurrentMessageListenerContainer<>(
                new DefaultKafkaConsumerFactory<>(consumerConfig(listener.topic(), bootstrapServers, config)),
                properties);
        container.setBeanName("sink-" + listener.topic());
        container.setConcurrency(config.threads());
        container.setCommonErrorHandler(new RetryForever(listener, config.backOffMax()));
        container.setApplicationEventPublisher(event -> {
            if (event instanceof ListenerContainerIdleEvent idle && idle.getConsumer() != null) {
                listener.idle(idle.getConsumer());
            }
        });
        return container;
    }

    private static Map<String, Object> consumerConfig(String topic, String bootstrapServers, SinkConfig config) {
        // Of a counter's values only the last of a batch is stored, so values are worth gathering; events are not.
        boolean gathers = topic.equals(Topics.USAGE_WINDOWS.name());
        return Map.ofEntries(
                Map.entry(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers),
                Map.entry(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class),
                Map.entry(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class),
                Map.entry(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false),
                Map.entry(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
                Map.entry(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed"),
                Map.entry(
                        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName()),
                Map.entry(
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        gathers ? GATHERED_BATCHES * config.batchRecordsMax() : config.batchRecordsMax()),
                Map.entry(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, gathers ? GATHERED_BYTES_MIN : 1),
                Map.entry(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, (int) POLL_INTERVAL_MAX.toMillis()),
                Map.entry(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, (int) SESSION_TIMEOUT.toMillis()),
                Map.entry(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, (int) SESSION_TIMEOUT.toMillis() / 4),
                Map.entry(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int)
                        (gathers ? GATHER_WAIT_MAX : FETCH_WAIT_MAX).toMillis()),
                Map.entry(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES_MAX),
                Map.entry(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, PARTITION_FETCH_BYTES_MAX));
    }
}
