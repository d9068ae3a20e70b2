package io.tollgate.billing.usage.kafka;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.SinkOffsets;
import io.tollgate.billing.usage.WriteOutcome;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.wire.AvroDeserializer;
import io.tollgate.contract.wire.MalformedRecordException;
import io.tollgate.contract.wire.SchemaRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.listener.BatchAcknowledgingConsumerAwareMessageListener;
import org.springframework.kafka.listener.ConsumerAwareRebalanceListener;
import org.springframework.kafka.listener.ListenerExecutionFailedException;
import org.springframework.kafka.support.Acknowledgment;

/// Carries the batches of one topic to the store, each with the positions after it. Positions come from the store
/// whenever a partition is assigned, and again whenever there is doubt; records before them are stored already and are
/// passed over. Shared by the topic's threads; each partition belongs to one of them at a time.
///
/// @param <V> value contract of the topic
/// @param <R> what is stored
final class SinkListener<V extends SpecificRecord, R>
        implements BatchAcknowledgingConsumerAwareMessageListener<byte[], byte[]>, ConsumerAwareRebalanceListener {
    private static final Logger LOG = LoggerFactory.getLogger(SinkListener.class);

    /// For the two questions to the broker when partitions are assigned.
    private static final Duration BROKER_TIMEOUT = Duration.ofSeconds(5);

    /// An idle consumer comes by many times a second, which is too often while the store is away.
    private static final Duration IDLE_RETRY_AFTER = Duration.ofSeconds(1);

    private final Topic<V> topic;
    private final ThreadLocal<AvroDeserializer<V>> deserializer;
    private final Function<V, R> fromAvro;
    private final BiFunction<List<R>, List<Advance>, WriteOutcome> write;
    private final SinkOffsets store;
    private final DeadLetters deadLetters;
    private final Map<TopicPartition, Long> positions = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> lags = new ConcurrentHashMap<>();
    private final Map<Thread, String> failures = new ConcurrentHashMap<>();
    private final ThreadLocal<Boolean> succeeded = ThreadLocal.withInitial(() -> true);
    private final ThreadLocal<Long> idleWorkNanos = ThreadLocal.withInitial(System::nanoTime);

    private final Counter rows;
    private final Timer batchTime;
    private final Counter retries;
    private final Counter setAside;
    private final Counter duplicates;

    SinkListener(
            Topic<V> topic,
            SchemaRegistry registry,
            Function<V, R> fromAvro,
            BiFunction<List<R>, List<Advance>, WriteOutcome> write,
            SinkOffsets store,
            DeadLetters deadLetters,
            MeterRegistry metrics) {
        this.topic = topic;
        this.deserializer = ThreadLocal.withInitial(() -> new AvroDeserializer<>(registry, topic));
        this.fromAvro = fromAvro;
        this.write = write;
        this.store = store;
        this.deadLetters = deadLetters;
        this.rows = Counter.builder("tollgate.sink.rows")
                .description("Records whose rows are stored")
                .tag("topic", topic.name())
                .register(metrics);
        this.batchTime = Timer.builder("tollgate.sink.batch")
                .description("Time to decode and store one batch")
                .tag("topic", topic.name())
                .register(metrics);
        this.retries = Counter.builder("tollgate.sink.retries")
                .description("Failed attempts; each is tried again")
                .tag("topic", topic.name())
                .register(metrics);
        this.setAside = Counter.builder("tollgate.sink.dead.letters")
                .description("Records that can never be stored and went to the dead letters")
                .tag("topic", topic.name())
                .register(metrics);
        this.duplicates = Counter.builder("tollgate.sink.duplicates.late")
                .description("Events that were stored already, longer ago than the deduplication horizon")
                .tag("topic", topic.name())
                .register(metrics);
        Gauge.builder("tollgate.sink.lag", this::lag)
                .description("Records of the partitions assigned here that are not stored yet")
                .tag("topic", topic.name())
                .register(metrics);
    }

    String topic() {
        return topic.name();
    }

    /// Records of the partitions assigned here that are not stored yet.
    long lag() {
        return lags.values().stream().mapToLong(Long::longValue).sum();
    }

    /// Why some thread's last batch could not be stored; absent when all were.
    Optional<String> failure() {
        return failures.values().stream().findFirst();
    }

    @Override
    public void onMessage(
            List<ConsumerRecord<byte[], byte[]>> records,
            @Nullable Acknowledgment acknowledgment,
            @Nullable Consumer<?, ?> handedOver) {
        Consumer<?, ?> consumer = Objects.requireNonNull(handedOver);
        try {
            if (carry(records, consumer) && acknowledgment != null) {
                // For people who look at the group's lag; the sink itself never reads it.
                acknowledgment.acknowledge();
            }
        } catch (AssertionError e) {
            // PostgreSQL's driver raises it when a connection dies at the wrong moment; as an Error it would end the
            // consumer for good.
            throw new IllegalStateException("the driver of the store gave up", e);
        }
    }

    /// Answers whether all records are stored; else some come again.
    private boolean carry(List<ConsumerRecord<byte[], byte[]>> records, Consumer<?, ?> consumer) {
        long started = System.nanoTime();
        Set<TopicPartition> placed = placeUnknown(consumer);
        noteLags(consumer, records, placed);
        List<R> batch = new ArrayList<>(records.size());
        Set<TopicPartition> touched = new HashSet<>();
        TopicPartition partition = null;
        long position = Long.MAX_VALUE;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            // Records of one partition follow each other.
            if (partition == null
                    || partition.partition() != record.partition()
                    || !partition.topic().equals(record.topic())) {
                partition = new TopicPartition(record.topic(), record.partition());
                position =
                        placed.contains(partition) ? Long.MAX_VALUE : positions.getOrDefault(partition, Long.MAX_VALUE);
                if (position != Long.MAX_VALUE) {
                    touched.add(partition);
                }
            }
            if (record.offset() >= position) {
                decode(record).ifPresent(batch::add);
            }
        }
        List<Advance> steps = steps(touched, consumer);
        boolean stored = steps.isEmpty() || store(batch, steps, consumer);
        if (stored) {
            rows.increment(batch.size());
            batchTime.record(Duration.ofNanos(System.nanoTime() - started));
        }
        succeeded();
        noteLags(consumer, List.of(), Set.of());
        return stored && placed.isEmpty();
    }

    // Partitions whose place is not known (the store was away when they were assigned) are placed now; their records of
    // this batch are from anywhere and come again.
    private Set<TopicPartition> placeUnknown(Consumer<?, ?> consumer) {
        Set<TopicPartition> unknown = new HashSet<>(consumer.assignment());
        unknown.removeAll(positions.keySet());
        if (!unknown.isEmpty()) {
            place(consumer, unknown);
        }
        return unknown;
    }

    private Optional<R> decode(ConsumerRecord<byte[], byte[]> record) {
        try {
            V value = deserializer.get().deserialize(record.topic(), record.value());
            if (value == null) {
                throw new MalformedRecordException("the record has no value");
            }
            return Optional.of(fromAvro.apply(value));
        } catch (MalformedRecordException | IllegalArgumentException e) {
            if (deadLetters.setAside(record, String.valueOf(e.getMessage()))) {
                setAside.increment();
            }
            return Optional.empty();
        }
    }

    // The consumer's position is past everything it has handed out, transaction markers and compacted records included.
    private List<Advance> steps(Collection<TopicPartition> partitions, Consumer<?, ?> consumer) {
        List<Advance> steps = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            Long expected = positions.get(partition);
            if (expected == null) {
                continue;
            }
            long next = consumer.position(partition);
            if (next > expected) {
                steps.add(new Advance(partition.topic(), partition.partition(), expected, next));
            }
        }
        return steps;
    }

    /// Answers whether the batch is stored; if not, its partitions are placed anew and its records come again.
    private boolean store(List<R> batch, List<Advance> steps, Consumer<?, ?> consumer) {
        WriteOutcome outcome = batch.isEmpty() ? store.advance(steps) : write.apply(batch, steps);
        return switch (outcome) {
            case WriteOutcome.Stored stored -> {
                duplicates.increment(stored.duplicates());
                for (Advance step : steps) {
                    positions.replace(new TopicPartition(step.topic(), step.partition()), step.next());
                }
                yield true;
            }
            case WriteOutcome.Overtaken overtaken -> {
                Set<TopicPartition> doubtful = new HashSet<>();
                steps.forEach(step -> doubtful.add(new TopicPartition(step.topic(), step.partition())));
                LOG.warn(
                        "Positions of {} were moved by another sink, or by a write whose answer was lost; they are read again",
                        doubtful);
                positions.keySet().removeAll(doubtful);
                place(consumer, doubtful);
                yield false;
            }
        };
    }

    /// Between batches: moves positions past what is not a record, so that whoever waits for an end offset is let go.
    void idle(Consumer<?, ?> consumer) {
        if (System.nanoTime() - idleWorkNanos.get() < 0) {
            return;
        }
        try {
            placeUnknown(consumer);
            List<Advance> steps = steps(consumer.assignment(), consumer);
            if (!steps.isEmpty()) {
                store(List.of(), steps, consumer);
            }
            noteLags(consumer, List.of(), Set.of());
            succeeded();
        } catch (RuntimeException | AssertionError e) {
            Throwable cause = failed(e);
            LOG.warn("Positions of {} cannot be stored now: {}", topic.name(), cause.toString());
            idleWorkNanos.set(System.nanoTime() + IDLE_RETRY_AFTER.toNanos());
        }
    }

    @Override
    public void onPartitionsAssigned(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        if (partitions.isEmpty()) {
            return;
        }
        try {
            place(consumer, partitions);
        } catch (RuntimeException | AssertionError e) {
            // The first batch places them; failing here would only make the group start over.
            Throwable cause = failed(e);
            LOG.warn("Positions of {} cannot be read now: {}", partitions, cause.toString());
        }
    }

    @Override
    public void onPartitionsRevokedAfterCommit(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        forget(partitions);
    }

    @Override
    public void onPartitionsLost(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        forget(partitions);
    }

    private void forget(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> {
            positions.remove(partition);
            lags.remove(partition);
        });
    }

    private void place(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        Set<Integer> numbers = new TreeSet<>();
        partitions.forEach(partition -> numbers.add(partition.partition()));
        SortedMap<Integer, Long> stored = store.positions(topic.name(), numbers);
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions, BROKER_TIMEOUT);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, BROKER_TIMEOUT);
        for (TopicPartition partition : partitions) {
            long next = stored.getOrDefault(partition.partition(), 0L);
            long begin = begins.getOrDefault(partition, 0L);
            long end = ends.getOrDefault(partition, 0L);
            if (next > end) {
                throw new IllegalStateException("the database has " + partition + " up to offset " + next
                        + ", but the log ends at " + end + ": it belongs to another Kafka, or records are lost");
            }
            if (next < begin && next > 0) {
                LOG.error("{} offsets {} to {} were deleted before they were stored", partition, next, begin - 1);
            }
            consumer.seek(partition, Math.max(next, begin));
            positions.put(partition, next);
            lags.put(partition, end - next);
        }
    }

    /// After a failure: back to where the store is. A partition whose place is not known goes back to the batch's first
    /// record, and is placed with the next batch.
    void goBack(ConsumerRecords<?, ?> records, Consumer<?, ?> consumer) {
        Set<TopicPartition> assigned = consumer.assignment();
        for (TopicPartition partition : records.partitions()) {
            if (assigned.contains(partition)) {
                long first = records.records(partition).getFirst().offset();
                consumer.seek(partition, Math.min(first, positions.getOrDefault(partition, first)));
            }
        }
    }

    /// Answers what lies behind the listener container's wrapping.
    Throwable failed(Throwable thrown) {
        Throwable cause = thrown instanceof ListenerExecutionFailedException && thrown.getCause() != null
                ? thrown.getCause()
                : thrown;
        retries.increment();
        failures.put(Thread.currentThread(), cause.toString());
        return cause;
    }

    private void succeeded() {
        failures.remove(Thread.currentThread());
        succeeded.set(true);
    }

    /// Whether the calling thread has stored something since it last asked.
    boolean succeededSinceLastFailure() {
        boolean answer = succeeded.get();
        succeeded.set(false);
        return answer;
    }

    private void noteLags(
            Consumer<?, ?> consumer, List<ConsumerRecord<byte[], byte[]>> unstored, Set<TopicPartition> placedAnew) {
        for (TopicPartition partition : consumer.assignment()) {
            if (placedAnew.contains(partition)) {
                continue;
            }
            OptionalLong behind = consumer.currentLag(partition);
            if (behind.isPresent()) {
                long inHand = unstored.stream()
                        .filter(record -> record.partition() == partition.partition())
                        .count();
                lags.put(partition, behind.getAsLong() + inHand);
            }
        }
    }
}
