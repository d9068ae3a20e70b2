package io.tollgate.ingest.kafka;

import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.event.UsageBatch;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.EventLog;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.event.UsageReport.SubjectBatch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log on Kafka: an idempotent producer with `acks=all` whose `send()` never waits. What it needs to know of the
/// topic is fetched before the first append and kept; a buffer of fixed size takes what the broker has not taken, and
/// what is not acknowledged within [#ACKNOWLEDGED_WITHIN] has failed. A producer that has failed for good is replaced
/// in the background, for as long as it takes.
public final class KafkaEventLog implements EventLog, AutoCloseable {
    /// The promise: an answer within two seconds of the request, with room for reading it and writing the answer.
    static final Duration ACKNOWLEDGED_WITHIN = Duration.ofMillis(1_700);

    /// When the producer itself gives a record up; sooner than the promise, so that its memory is free by then.
    private static final int DELIVERY_TIMEOUT_MS = 1_500;

    /// Long for an acknowledgement, short enough for a second try within the delivery timeout.
    private static final int REQUEST_TIMEOUT_MS = 1_000;

    /// The largest record, its key and the overhead of its batch.
    static final int REQUEST_BYTES_MAX = Topics.RECORD_BYTES_MAX + 64 * 1024;

    /// Collects the records of requests that arrive together. While five produce requests are under way the producer
    /// collects by itself; this only spares a lightly loaded broker a request per event.
    private static final int LINGER_MS = 1;

    private static final int BATCH_BYTES = 128 * 1024;

    /// The topic is always wanted; unused for the client's default of five minutes it would be forgotten and the next
    /// append fail.
    private static final Duration METADATA_KEPT = Duration.ofDays(365);

    /// Between two looks at whether the topic is known, while it is not.
    private static final Duration WARM_UP_POLL = Duration.ofMillis(20);

    /// Between two producers, if they fail at once: a wrong credential must not become a storm of connections.
    private static final Duration REPLACEMENT_PAUSE = Duration.ofSeconds(1);

    private static final Duration DRAINED_WITHIN = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(KafkaEventLog.class);

    private final EventLogConfig config;
    private final AvroSerializer<UsageBatch> serializer;
    private final Function<Map<String, Object>, Producer<byte[], byte[]>> producers;
    private final String topic = Topics.USAGE_EVENTS.name();
    private final AtomicReference<State> state;

    /// What can be said of the producer now.
    private sealed interface State {
        /// Appends fail at once.
        record Warming(String why) implements State {}

        /// @param sinceNanos when it became so, by the monotonic clock
        record Ready(Producer<byte[], byte[]> producer, long sinceNanos) implements State {}

        record Closed() implements State {}
    }

    /// Returns at once; the log is ready when the broker has told about the topic.
    public KafkaEventLog(EventLogConfig config, AvroSerializer<UsageBatch> serializer) {
        this(
                config,
                serializer,
                properties -> new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    /// @param producers makes a producer from its settings; called anew whenever one has failed for good
    KafkaEventLog(
            EventLogConfig config,
            AvroSerializer<UsageBatch> serializer,
            Function<Map<String, Object>, Producer<byte[], byte[]>> producers) {
        this.config = config;
        this.serializer = serializer;
        this.producers = producers;
        State.Warming warming = new State.Warming("not connected to Kafka yet");
        this.state = new AtomicReference<>(warming);
        Thread.ofVirtual().name("event-log-start").start(() -> connect(warming));
    }

    /// Why appends would fail now; empty if they would be tried.
    public Optional<String> notReady() {
        return switch (state.get()) {
            case State.Warming warming -> Optional.of(warming.why());
            case State.Ready ready -> Optional.empty();
            case State.Closed closed -> Optional.of("closed");
        };
    }

    @Override
    public int partitions() {
        return config.partitions();
    }

    @Override
    public List<CompletableFuture<Appended>> append(UsageReport report) {
        if (!(state.get() instanceof State.Ready ready)) {
            Appended notSent = new Appended.NotSent(notReady().orElse("not ready"));
            return report.batches().stream()
                    .map(batch -> CompletableFuture.completedFuture(notSent))
                    .toList();
        }
        List<ProducerRecord<byte[], byte[]>> records =
                new ArrayList<>(report.batches().size());
        for (SubjectBatch batch : report.batches()) {
            records.add(recordOf(report, batch));
        }
        List<CompletableFuture<Appended>> fates = new ArrayList<>(records.size());
        boolean refused = false;
        for (ProducerRecord<byte[], byte[]> record : records) {
            CompletableFuture<Appended> fate = new CompletableFuture<>();
            fates.add(fate);
            if (refused) {
                fate.complete(new Appended.NotSent("the producer did not take an earlier record of the request"));
            } else {
                refused = !new Sending(ready, fate).send(record);
            }
        }
        giveUpInTime(fates);
        return fates;
    }

    private static void giveUpInTime(List<CompletableFuture<Appended>> fates) {
        Appended unknown = new Appended.Unknown("not acknowledged within " + ACKNOWLEDGED_WITHIN.toMillis() + " ms");
        if (fates.size() == 1) {
            fates.getFirst().completeOnTimeout(unknown, ACKNOWLEDGED_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
            return;
        }
        // One watch over all of them: a request may have a thousand records.
        CompletableFuture.allOf(fates.toArray(CompletableFuture[]::new))
                .orTimeout(ACKNOWLEDGED_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((all, late) -> {
                    if (late != null) {
                        fates.forEach(fate -> fate.complete(unknown));
                    }
                });
    }

    /// Gives what is under way two seconds, then lets go.
    @Override
    public void close() {
        if (state.getAndSet(new State.Closed()) instanceof State.Ready ready) {
            ready.producer().close(DRAINED_WITHIN);
        }
    }

    private ProducerRecord<byte[], byte[]> recordOf(UsageReport report, SubjectBatch batch) {
        byte[] key = batch.subjectKey().recordKeyBytes();
        byte[] value = serializer.serialize(topic, EventAvro.toAvro(report, batch));
        return new ProducerRecord<>(topic, Partitioning.partitionOf(key, config.partitions()), key, value);
    }

    /// Whether the same producer may succeed with the next record. Whatever is not known to be so gets a new producer,
    /// which costs little: fencing, lost sequences, and the state after either, in which every call fails.
    private static boolean passing(Exception failure) {
        return failure instanceof RetriableException
                || failure instanceof RecordTooLargeException
                || failure instanceof TopicAuthorizationException;
    }

    private void replace(State.Ready broken, Exception cause) {
        State.Warming warming = new State.Warming("the producer failed and is being replaced: " + cause.getMessage());
        if (state.compareAndSet(broken, warming)) {
            LOG.warn("The producer of {} failed for good and is replaced", topic, cause);
            Thread.ofVirtual().name("event-log-replace").start(() -> {
                broken.producer().close(Duration.ZERO);
                pauseAfter(broken);
                connect(warming);
            });
        }
    }

    /// Waits if `broken` has failed right after it was made.
    private static void pauseAfter(State.Ready broken) {
        Duration lived = Duration.ofNanos(System.nanoTime() - broken.sinceNanos());
        try {
            Thread.sleep(lived.compareTo(REPLACEMENT_PAUSE) < 0 ? REPLACEMENT_PAUSE.minus(lived) : Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Makes producers until one knows the topic; ends when the log is closed.
    private void connect(State.Warming first) {
        State.Warming current = first;
        try {
            while (state.get() == current) {
                Optional<String> trouble = tryConnect(current);
                if (trouble.isEmpty()) {
                    return;
                }
                State.Warming next = new State.Warming(trouble.get());
                if (!next.equals(current)) {
                    LOG.warn("Cannot write to {}: {}", topic, trouble.get());
                }
                if (!state.compareAndSet(current, next)) {
                    return;
                }
                current = next;
                Thread.sleep(REPLACEMENT_PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Makes one producer and waits until it knows the topic, however long the broker is away.
    private Optional<String> tryConnect(State.Warming current) throws InterruptedException {
        Producer<byte[], byte[]> producer;
        try {
            producer = producers.apply(properties(config));
        } catch (KafkaException e) {
            return Optional.of(rootMessage(e));
        }
        boolean kept = false;
        try {
            Optional<Integer> partitions = partitionsKnown(producer);
            while (partitions.isEmpty() && state.get() == current) {
                Thread.sleep(WARM_UP_POLL);
                partitions = partitionsKnown(producer);
            }
            if (partitions.isPresent() && partitions.get() != config.partitions()) {
                return Optional.of("the topic has " + partitions.get() + " partitions, but this installation has "
                        + config.partitions());
            }
            kept = state.compareAndSet(current, new State.Ready(producer, System.nanoTime()));
            return Optional.empty();
        } catch (KafkaException e) {
            return Optional.of(rootMessage(e));
        } finally {
            if (!kept) {
                producer.close(Duration.ZERO);
            }
        }
    }

    /// How many partitions the topic has, as far as the producer knows: it never waits, so it is asked again.
    private Optional<Integer> partitionsKnown(Producer<byte[], byte[]> producer) {
        try {
            return Optional.of(producer.partitionsFor(topic).size());
        } catch (RetriableException e) {
            return Optional.empty();
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    static Map<String, Object> properties(EventLogConfig config) {
        Map<String, Object> properties = new HashMap<>(config.clientProperties());
        properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, config.clientId());
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        // Unknown metadata or a full buffer is a failure, not a reason to wait: an admission is waiting with it.
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 0);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MS);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MS);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, LINGER_MS);
        properties.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, REQUEST_BYTES_MAX);
        properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, config.bufferBytes());
        properties.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, METADATA_KEPT.toMillis());
        // Batches of events are mostly repetition. lz4 costs the least time of the codecs and leaves a fraction to
        // write,
        // to replicate and to read; zstd packs tighter but took a third off the throughput of batches.
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        return properties;
    }

    /// One record from the call of `send()` to its end.
    private final class Sending implements Callback {
        private final State.Ready used;
        private final CompletableFuture<Appended> fate;
        private final Thread caller = Thread.currentThread();
        /// Whether `send()` has returned; looked at on the caller's thread only.
        private boolean returned;

        private Sending(State.Ready used, CompletableFuture<Appended> fate) {
            this.used = used;
            this.fate = fate;
        }

        /// Whether the producer took the record.
        private boolean send(ProducerRecord<byte[], byte[]> record) {
            try {
                used.producer().send(record, this);
                returned = true;
            } catch (KafkaException | IllegalStateException e) {
                failed(e);
            }
            return !fate.isDone() || fate.join() instanceof Appended.Landed;
        }

        @Override
        public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception failure) {
            if (failure != null) {
                failed(failure);
            } else if (metadata != null) {
                fate.complete(new Appended.Landed(
                        metadata.partition(), metadata.offset(), Instant.ofEpochMilli(metadata.timestamp())));
            }
        }

        private void failed(Exception failure) {
            String why = String.valueOf(failure.getMessage());
            fate.complete(neverTaken(failure) ? new Appended.NotSent(why) : new Appended.Unknown(why));
            if (!passing(failure)) {
                replace(used, failure);
            }
        }

        /// Whether the record did not even come into the producer's buffer. That is known only of what `send()` itself
        /// reports before it returns, and only of failures that it meets before it buffers: afterwards it may still
        /// fail, with errors of the producer's state.
        private boolean neverTaken(Exception failure) {
            return Thread.currentThread() == caller
                    && !returned
                    && (failure instanceof TimeoutException
                            || failure instanceof RecordTooLargeException
                            || failure instanceof SerializationException);
        }
    }
}
