package io.tollgate.billing.usage.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.CounterValue;
import io.tollgate.billing.usage.LogPlace;
import io.tollgate.billing.usage.UsageSamples;
import io.tollgate.billing.usage.UsageStore;
import io.tollgate.billing.usage.postgres.PostgresSinkProgress;
import io.tollgate.billing.usage.postgres.PostgresUsageStore;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.control.fixture.InMemorySchemaRegistry;
import io.tollgate.control.fixture.TestBroker;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.event.AcceptedEvent;
import io.tollgate.event.RejectReason;
import io.tollgate.event.RejectedEvent;
import io.tollgate.event.UsageWindow;
import io.tollgate.event.WindowKind;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The sink between a real broker and a real PostgreSQL.
class UsageSinkIT {
    private static final int PARTITIONS = 3;
    private static final Duration STOP = Duration.ofSeconds(10);
    private static final SinkConfig SMALL_BATCHES = new SinkConfig(2, 7, Duration.ofMillis(200));
    private static final List<String> TOPICS = List.of(
            Topics.ACCEPTED_EVENTS.name(),
            Topics.USAGE_WINDOWS.name(),
            Topics.REJECTED_EVENTS.name(),
            Topics.EVENT_CORRECTIONS.name(),
            Topics.DEAD_LETTERS);

    private static final TestBroker BROKER = TestBroker.start();

    private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
    private final List<UsageSink> sinks = new ArrayList<>();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private DataSource database = TestDatabase.fresh();

    @AfterAll
    static void stopBroker() {
        BROKER.close();
    }

    @BeforeEach
    void makeTopics() {
        BROKER.createTopics(PARTITIONS, TOPICS);
    }

    @AfterEach
    void stopSinks() throws Exception {
        sinks.forEach(sink -> sink.stop(STOP));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", BROKER.bootstrapServers()))) {
            admin.deleteTopics(TOPICS).all().get();
            await("topics deleted", () -> {
                try {
                    return admin.listTopics().names().get().stream().noneMatch(TOPICS::contains);
                } catch (InterruptedException | ExecutionException e) {
                    throw new IllegalStateException(e);
                }
            });
            List<String> groups = admin.listGroups().all().get().stream()
                    .map(GroupListing::groupId)
                    .toList();
            admin.deleteConsumerGroups(groups).all().get();
        }
    }

    private UsageStore store() {
        Jdbi jdbi = TestDatabase.jdbi(database);
        return new PostgresUsageStore(jdbi, new PostgresSinkProgress(jdbi), InstantSource.system());
    }

    private UsageSink sink(UsageStore store, SinkConfig config) {
        UsageSink sink = new UsageSink(store, BROKER.bootstrapServers(), registry, config, metrics);
        sinks.add(sink);
        sink.start();
        return sink;
    }

    private KafkaProducer<byte[], byte[]> producer(boolean transactional) {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", BROKER.bootstrapServers()));
        if (transactional) {
            config.put("transactional.id", UUID.randomUUID().toString());
        }
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        if (transactional) {
            producer.initTransactions();
        }
        return producer;
    }

    private <V extends SpecificRecord> ProducerRecord<byte[], byte[]> record(Topic<V> topic, int partition, V value) {
        return new ProducerRecord<>(
                topic.name(),
                partition,
                "key".getBytes(StandardCharsets.UTF_8),
                new AvroSerializer<>(registry, topic).serialize(topic.name(), value));
    }

    /// Events as the aggregator writes them: in small transactions, some of them aborted, each tenant in one partition,
    /// and the running hours of each commit.
    private void produce(List<CountedEvent> events) {
        try (KafkaProducer<byte[], byte[]> producer = producer(true)) {
            List<CountedEvent> counted = new ArrayList<>();
            for (int i = 0; i < events.size(); i += 10) {
                List<CountedEvent> part = events.subList(i, Math.min(i + 10, events.size()));
                producer.beginTransaction();
                part.forEach(event -> producer.send(
                        record(Topics.ACCEPTED_EVENTS, event.place().partition(), UsageSamples.toAvro(event))));
                if (i % 40 == 30) {
                    producer.flush();
                    producer.abortTransaction();
                    producer.beginTransaction();
                    part.forEach(event -> producer.send(
                            record(Topics.ACCEPTED_EVENTS, event.place().partition(), UsageSamples.toAvro(event))));
                }
                counted.addAll(part);
                long first = part.getFirst().place().offset();
                List<CounterValue> changed = UsageSamples.hoursOf(counted).stream()
                        .filter(hour -> hour.sourceOffset() >= first)
                        .toList();
                for (CounterValue hour : changed) {
                    producer.send(record(Topics.USAGE_WINDOWS, hour.sourcePartition(), UsageSamples.toAvro(hour)));
                }
                producer.commitTransaction();
            }
        }
    }

    private static List<CountedEvent> events(int from, int count) {
        List<CountedEvent> events = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            int tenant = i % 5;
            events.add(UsageSamples.at(
                    UsageSamples.event(
                            i,
                            "t" + tenant,
                            "m" + i % 2,
                            i + ".5",
                            Instant.parse("2026-03-01T00:00:00Z")
                                    .plusSeconds(i * 977L)
                                    .toString()),
                    new LogPlace(tenant % PARTITIONS, i, 0)));
        }
        return events;
    }

    private String query(String sql) {
        return TestDatabase.jdbi(database)
                .withHandle(
                        handle -> handle.createQuery(sql).mapTo(String.class).one());
    }

    private long count(String table) {
        return Long.parseLong(query("SELECT count(*) FROM " + table));
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long for: " + what).isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    /// Positions reach the ends of the log: everything is stored, transaction markers included.
    private void awaitCaughtUp() {
        Map<TopicPartition, Long> ends;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", BROKER.bootstrapServers(), "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (String topic : TOPICS.subList(0, 4)) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    partitions.add(new TopicPartition(topic, partition));
                }
            }
            ends = consumer.endOffsets(partitions);
        }
        await(
                "sink to catch up with " + ends,
                () -> ends.entrySet().stream()
                        .allMatch(end -> count("sink_offsets WHERE topic = '"
                                        + end.getKey().topic()
                                        + "' AND partition = " + end.getKey().partition() + " AND next_offset >= "
                                        + end.getValue())
                                == 1));
    }

    private void assertStored(List<CountedEvent> events) {
        assertThat(count("usage_events")).isEqualTo(events.size());
        BigDecimal sum = events.stream().map(CountedEvent::quantity).reduce(BigDecimal.ZERO, BigDecimal::add);
        assertThat(new BigDecimal(query("SELECT sum(quantity) FROM usage_events")))
                .isEqualByComparingTo(sum);
        assertThat(new BigDecimal(query("SELECT sum(quantity_sum) FROM counters WHERE window_kind = 'HOUR'")))
                .isEqualByComparingTo(sum);
        assertThat(query("SELECT sum(event_count) FROM counters WHERE window_kind = 'HOUR'"))
                .isEqualTo(Integer.toString(events.size()));
        assertThat(new BigDecimal(query("SELECT sum(total_quantity) FROM usage_snapshots")))
                .isEqualByComparingTo(sum);
        assertThat(count("tenants")).isEqualTo(5);
        assertThat(count("rejected_events")).isZero();
    }

    @Test
    void everythingIsStoredOnceAndAgainAfterARestart() {
        List<CountedEvent> events = events(0, 200);
        produce(events.subList(0, 120));
        UsageSink first = sink(store(), SMALL_BATCHES);
        awaitCaughtUp();
        assertThat(first.status().state()).isEqualTo(SinkStatus.State.UP);
        await("no lag", () -> first.status().totalLag() == 0);
        first.stop(STOP);
        assertThat(first.status().state()).isEqualTo(SinkStatus.State.DOWN);
        assertStored(events.subList(0, 120));

        produce(events.subList(120, 200));
        sink(store(), SMALL_BATCHES);
        awaitCaughtUp();

        assertStored(events);
    }

    /// Kafka's own offsets may say anything: only those in the database count.
    @Test
    void offsetsInKafkaDoNotMatter() throws Exception {
        List<CountedEvent> events = events(0, 100);
        produce(events);
        UsageSink first = sink(store(), SMALL_BATCHES);
        awaitCaughtUp();
        first.stop(STOP);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", BROKER.bootstrapServers()))) {
            admin.deleteConsumerGroups(List.of(UsageSink.GROUP_PREFIX + Topics.ACCEPTED_EVENTS.name()))
                    .all()
                    .get();
        }

        UsageSink second = sink(store(), SMALL_BATCHES);
        await("no lag", () -> second.status().totalLag() == 0);
        produce(events(100, 10));
        awaitCaughtUp();

        assertStored(events(0, 110));
    }

    /// Calls fail before they do anything, or after they have committed, many times over.
    @Test
    void failuresAtAnyCallLoseAndRepeatNothing() {
        List<CountedEvent> events = events(0, 300);
        produce(events);
        long seed = System.nanoTime();
        FaultyStore faulty = new FaultyStore(store(), seed, 0.4);
        sink(faulty, new SinkConfig(2, 7, Duration.ofMillis(100)));

        awaitCaughtUp();

        assertThat(faulty.failed()).as("seed " + seed).isPositive();
        assertStored(events);
    }

    /// Two processes, one of which comes and goes while the log grows.
    @Test
    void processesShareThePartitions() {
        List<CountedEvent> events = events(0, 600);
        UsageSink first = sink(store(), SMALL_BATCHES);
        for (int i = 0; i < 3; i++) {
            UsageSink second = sink(store(), SMALL_BATCHES);
            produce(events.subList(i * 200, i * 200 + 200));
            if (i == 1) {
                first.stop(STOP);
            } else {
                second.stop(STOP);
            }
        }
        awaitCaughtUp();

        assertStored(events);
    }

    @Test
    void stoppedDatabaseIsWaitedFor() throws Exception {
        try (TestPostgres postgres = new TestPostgres()) {
            database = postgres.dataSource();
            List<CountedEvent> events = events(0, 300);
            produce(events.subList(0, 100));
            UsageSink sink = sink(store(), SMALL_BATCHES);
            await("the first rows", () -> count("usage_events") > 0);

            postgres.down();
            produce(events.subList(100, 300));
            await("degraded", () -> sink.status().state() == SinkStatus.State.DEGRADED);
            await("lag", () -> sink.status().totalLag() > 0);
            postgres.up();
            awaitCaughtUp();

            assertStored(events);
            await("up", () -> sink.status().state() == SinkStatus.State.UP);
            sink.stop(STOP);
        }
    }

    /// Connections die in the middle of transactions.
    @Test
    void killedConnectionsLoseAndRepeatNothing() {
        List<CountedEvent> events = events(0, 400);
        produce(events);
        sink(store(), new SinkConfig(2, 3, Duration.ofMillis(100)));
        for (int i = 0; i < 40; i++) {
            query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }

        awaitCaughtUp();

        assertStored(events);
    }

    @Test
    void poisonIsSetAsideWithCauseAndCoordinates() {
        List<CountedEvent> events = events(0, 20);
        produce(events.subList(0, 10));
        byte[] poison = {1, 2, 3};
        AcceptedEvent invalid = UsageSamples.toAvro(events.getFirst());
        invalid.setSubject("nonsense");
        try (KafkaProducer<byte[], byte[]> producer = producer(false)) {
            producer.send(new ProducerRecord<>(Topics.ACCEPTED_EVENTS.name(), 0, null, poison));
            producer.send(record(Topics.ACCEPTED_EVENTS, 1, invalid));
            producer.send(new ProducerRecord<>(Topics.USAGE_WINDOWS.name(), 2, poison, null));
        }
        produce(events.subList(10, 20));
        sink(store(), SMALL_BATCHES);
        awaitCaughtUp();

        List<ConsumerRecord<byte[], byte[]>> dead = readDeadLetters(3);
        assertThat(dead).hasSize(3);
        Map<String, ConsumerRecord<byte[], byte[]>> byPlace = dead.stream()
                .collect(Collectors.toMap(
                        letter -> header(letter, "tollgate-topic") + "-" + header(letter, "tollgate-partition"),
                        letter -> letter));
        ConsumerRecord<byte[], byte[]> undecodable = byPlace.get(Topics.ACCEPTED_EVENTS.name() + "-0");
        assertThat(undecodable.value()).isEqualTo(poison);
        assertThat(header(undecodable, "tollgate-cause")).contains("wire format");
        assertThat(header(undecodable, "tollgate-offset")).matches("[0-9]+");
        assertThat(header(byPlace.get(Topics.ACCEPTED_EVENTS.name() + "-1"), "tollgate-cause"))
                .contains("subject");
        assertThat(header(byPlace.get(Topics.USAGE_WINDOWS.name() + "-2"), "tollgate-cause"))
                .contains("no value");
        assertThat(count("usage_events")).isEqualTo(20);
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static List<ConsumerRecord<byte[], byte[]>> readDeadLetters(int count) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", BROKER.bootstrapServers(), "auto.offset.reset", "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                partitions.add(new TopicPartition(Topics.DEAD_LETTERS, partition));
            }
            consumer.assign(partitions);
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (records.size() < count && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
            // Nothing more than expected.
            consumer.poll(Duration.ofMillis(300)).forEach(records::add);
        }
        return records;
    }

    @Test
    void registryThatIsAwayIsWaitedFor() {
        List<CountedEvent> events = events(0, 30);
        produce(events);
        registry.available(false);
        UsageSink sink = sink(store(), SMALL_BATCHES);
        await("degraded", () -> sink.status().state() == SinkStatus.State.DEGRADED);
        assertThat(sink.status().cause().orElseThrow()).contains("switched off");

        registry.available(true);
        awaitCaughtUp();

        assertStored(events);
        assertThat(metrics.find("tollgate.sink.dead.letters").counters().stream()
                        .mapToDouble(counter -> counter.count())
                        .sum())
                .isZero();
    }

    /// The aggregator forgot the key after its horizon and let the event pass a second time.
    @Test
    void lateDuplicateIsRecordedAsRejected() {
        List<CountedEvent> events = events(0, 20);
        produce(events);
        sink(store(), SMALL_BATCHES);
        awaitCaughtUp();
        CountedEvent again = UsageSamples.at(events.getFirst(), new LogPlace(0, 999, 0));
        try (KafkaProducer<byte[], byte[]> producer = producer(false)) {
            producer.send(record(Topics.ACCEPTED_EVENTS, 0, UsageSamples.toAvro(again)));
        }
        awaitCaughtUp();

        assertThat(count("usage_events")).isEqualTo(20);
        assertThat(query("SELECT reason || ' ' || log_offset FROM rejected_events"))
                .isEqualTo("DUPLICATE_LATE 999");
        assertThat(metrics.find("tollgate.sink.duplicates.late")
                        .tag("topic", Topics.ACCEPTED_EVENTS.name())
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void rejectedEventsAreStored() {
        RejectedEvent rejected = RejectedEvent.newBuilder()
                .setReason(RejectReason.IDEMPOTENCY_KEY_REUSED)
                .setDetail("Other payload under the same key.")
                .setEventId("evt_x")
                .setOrganizationId("biz_test")
                .setSubject("tenant:a")
                .setMeter("m")
                .setQuantity(new BigDecimal("1.500000"))
                .setEventTime(UsageSamples.RECEIVED)
                .setAcceptedAt(UsageSamples.RECEIVED)
                .setAppendedAt(UsageSamples.RECEIVED)
                .setSourcePartition(0)
                .setSourceOffset(4)
                .setSourceIndex(1)
                .build();
        try (KafkaProducer<byte[], byte[]> producer = producer(false)) {
            producer.send(record(Topics.REJECTED_EVENTS, 0, rejected));
        }
        sink(store(), SMALL_BATCHES);
        awaitCaughtUp();

        assertThat(query("SELECT reason || ' ' || quantity || ' ' || log_index FROM rejected_events"))
                .isEqualTo("IDEMPOTENCY_KEY_REUSED 1.500000 1");
    }

    /// A database of another installation must not make the sink skip what this one's log holds.
    @Test
    void positionsBeyondTheLogStopTheSinkWithAReason() {
        TestDatabase.jdbi(database)
                .useHandle(handle -> handle.execute(
                        "INSERT INTO sink_offsets (topic, partition, next_offset) VALUES (?, 0, 1000000)",
                        Topics.ACCEPTED_EVENTS.name()));
        produce(events(0, 20));
        UsageSink sink = sink(store(), SMALL_BATCHES);

        await("degraded", () -> sink.status().state() == SinkStatus.State.DEGRADED);
        assertThat(sink.status().cause().orElseThrow()).contains("another Kafka");
        assertThat(count("usage_events WHERE log_partition = 0")).isZero();
    }

    @Test
    void emptyTopicsAreNoTrouble() {
        UsageSink sink = sink(store(), SMALL_BATCHES);

        await("positions of every partition", () -> count("sink_offsets") == 4L * PARTITIONS);
        assertThat(sink.status().state()).isEqualTo(SinkStatus.State.UP);
        assertThat(Arrays.asList(sink.status().lag().keySet().toArray()))
                .containsExactlyInAnyOrderElementsOf(TOPICS.subList(0, 4));
    }

    /// Not a figure, only a guard against a mistake of an order of magnitude.
    @Test
    void largeBatchesAreFast() {
        int count = 30_000;
        try (KafkaProducer<byte[], byte[]> producer = producer(false)) {
            AvroSerializer<AcceptedEvent> serializer = new AvroSerializer<>(registry, Topics.ACCEPTED_EVENTS);
            for (CountedEvent event : events(0, count)) {
                producer.send(new ProducerRecord<>(
                        Topics.ACCEPTED_EVENTS.name(),
                        event.place().partition(),
                        null,
                        serializer.serialize(Topics.ACCEPTED_EVENTS.name(), UsageSamples.toAvro(event))));
            }
        }
        long started = System.nanoTime();
        sink(store(), SinkConfig.DEFAULT);
        awaitCaughtUp();
        Duration taken = Duration.ofNanos(System.nanoTime() - started);

        assertThat(count("usage_events")).isEqualTo(count);
        assertThat(taken).as("storing " + count + " events").isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void unknownKindOfWindowIsSetAside() {
        UsageWindow window = UsageSamples.toAvro(UsageSamples.hour("a", "m", "2026-03-01T00:00:00Z", "1", 1, 1));
        window.setWindowKind(WindowKind.UNKNOWN);
        try (KafkaProducer<byte[], byte[]> producer = producer(false)) {
            producer.send(record(Topics.USAGE_WINDOWS, 0, window));
        }
        sink(store(), SMALL_BATCHES);
        awaitCaughtUp();

        assertThat(count("counters")).isZero();
        assertThat(header(readDeadLetters(1).getFirst(), "tollgate-cause")).contains("kind of the window");
    }
}
