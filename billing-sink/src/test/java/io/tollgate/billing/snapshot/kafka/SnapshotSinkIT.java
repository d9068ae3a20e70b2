package io.tollgate.billing.snapshot.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.billing.snapshot.Snapshot;
import io.tollgate.billing.snapshot.SnapshotStore;
import io.tollgate.billing.snapshot.postgres.PostgresSnapshots;
import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.WriteOutcome;
import io.tollgate.billing.usage.kafka.SinkStatus;
import io.tollgate.billing.usage.kafka.TestPostgres;
import io.tollgate.billing.usage.kafka.UsageSink;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.control.fixture.InMemorySchemaRegistry;
import io.tollgate.control.fixture.TestBroker;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.definition.MetricType;
import io.tollgate.event.MetricSnapshots;
import io.tollgate.event.SnapshotRow;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The sink of snapshots between a real broker and a real PostgreSQL. A window comes several times, and whatever fails
/// in between, its last reading is what is stored.
class SnapshotSinkIT {
    private static final int PARTITIONS = 3;
    private static final int TENANTS = 5;
    private static final int READINGS = 3;
    private static final String TOPIC = Topics.METRIC_SNAPSHOTS.name();
    private static final Instant START = Instant.parse("2026-03-04T10:00:00Z");
    private static final Duration STOP = Duration.ofSeconds(10);

    private final TestBroker broker = TestBroker.start();
    private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final List<UsageSink> sinks = new ArrayList<>();
    private final SortedMap<String, String> expected = new TreeMap<>();
    private DataSource database = TestDatabase.fresh();
    private int produced;

    @BeforeEach
    void makeTopics() {
        broker.createTopics(PARTITIONS, List.of(TOPIC, Topics.DEAD_LETTERS));
    }

    @AfterEach
    void stop() {
        sinks.forEach(sink -> sink.stop(STOP));
        broker.close();
    }

    private UsageSink sink(SnapshotStore store) {
        UsageSink sink = SnapshotSink.sink(store, broker.bootstrapServers(), registry, metrics);
        sinks.add(sink);
        sink.start();
        return sink;
    }

    private PostgresSnapshots store() {
        return new PostgresSnapshots(TestDatabase.jdbi(database));
    }

    /// Each tenant's windows one after the other, each as often as [#READINGS] says.
    private void produce(int records) {
        AvroSerializer<MetricSnapshots> serializer = new AvroSerializer<>(registry, Topics.METRIC_SNAPSHOTS);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int end = produced + records; produced < end; produced++) {
                int tenant = produced % TENANTS;
                Instant window = START.plusSeconds(5L * (produced / TENANTS / READINGS));
                producer.send(new ProducerRecord<>(
                        TOPIC,
                        tenant % PARTITIONS,
                        ("biz_1/tenant:t" + tenant).getBytes(StandardCharsets.UTF_8),
                        serializer.serialize(TOPIC, reading(tenant, window, produced))));
                expected.put("tenant:t" + tenant + " " + window, Integer.toString(produced));
            }
        }
    }

    private static MetricSnapshots reading(int tenant, Instant window, int value) {
        return MetricSnapshots.newBuilder()
                .setOrganizationId("biz_1")
                .setSubject("tenant:t" + tenant)
                .setMeter("calls")
                .setMetricType(MetricType.CHECKPOINT)
                .setFlushedAt(window.plusSeconds(60))
                .setRows(List.of(SnapshotRow.newBuilder()
                        .setWindowStart(window)
                        .setWindowEnd(window.plusSeconds(5))
                        .setValue(new BigDecimal(value).setScale(6))
                        .build()))
                .setSourcePartition(tenant % PARTITIONS)
                .build();
    }

    private long stored() {
        return TestDatabase.jdbi(database)
                .withHandle(handle -> handle.createQuery(
                                "SELECT coalesce(sum(next_offset), 0) FROM sink_offsets" + " WHERE topic = :topic")
                        .bind("topic", TOPIC)
                        .mapTo(long.class)
                        .one());
    }

    private void assertStored() {
        await("everything stored", () -> stored() == produced);
        SortedMap<String, String> found = new TreeMap<>();
        TestDatabase.jdbi(database)
                .useHandle(handle -> handle.createQuery("SELECT subject, window_start, value FROM metric_snapshots")
                        .map((row, context) -> Map.entry(
                                row.getString(1) + " " + row.getTimestamp(2).toInstant(),
                                row.getBigDecimal(3).stripTrailingZeros().toPlainString()))
                        .forEach(entry -> found.put(entry.getKey(), entry.getValue())));
        assertThat(found).isEqualTo(expected);
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long for: " + what).isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private double lag() {
        return metrics.get("tollgate.sink.lag").tag("topic", TOPIC).gauge().value();
    }

    /// The statement that writes the rows ends its own connection before the transaction commits, three times over. A
    /// sequence is not rolled back, so it can count.
    @Test
    void connectionThatDiesBetweenRowsAndPositionsLosesAndRepeatsNothing() {
        TestDatabase.jdbi(database).useHandle(handle -> {
            handle.execute("CREATE SEQUENCE deaths");
            handle.execute("""
                    CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        IF nextval('deaths') <= 3 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
                        RETURN NULL;
                    END $$""");
            handle.execute(
                    "CREATE TRIGGER die AFTER INSERT ON metric_snapshots FOR EACH STATEMENT EXECUTE FUNCTION die()");
        });
        produce(40);
        sink(store());
        produce(50);

        assertStored();
        assertThat(metrics.get("tollgate.sink.retries").counter().count()).isGreaterThanOrEqualTo(3);
        assertThat(metrics.get("tollgate.sink.dead.letters").counter().count()).isZero();
    }

    /// As after a kill between the commit and its answer.
    @Test
    void commitWhoseAnswerIsLostIsNotRepeated() {
        AnswerLost losing = new AnswerLost(store(), 2);
        produce(20);
        sink(losing);
        await("the first loss", () -> losing.losses < 2);
        produce(40);

        assertStored();
        assertThat(losing.losses).isZero();
        assertThat(metrics.get("tollgate.sink.rows").counter().count())
                .as("records that were stored and answered; the lost ones were not sent again")
                .isLessThan(produced);
    }

    private static final class AnswerLost implements SnapshotStore {
        private final SnapshotStore store;
        private volatile int losses;

        AnswerLost(SnapshotStore store, int losses) {
            this.store = store;
            this.losses = losses;
        }

        @Override
        public SortedMap<Integer, Long> positions(String topic, Collection<Integer> partitions) {
            return store.positions(topic, partitions);
        }

        @Override
        public WriteOutcome advance(List<Advance> steps) {
            return store.advance(steps);
        }

        @Override
        public synchronized WriteOutcome store(List<List<Snapshot>> records, List<Advance> steps) {
            WriteOutcome outcome = store.store(records, steps);
            if (losses > 0) {
                losses--;
                throw new IllegalStateException("told to lose the answer");
            }
            return outcome;
        }
    }

    @Test
    void stoppedDatabaseIsSeenInStatusAndLagAndWaitedFor() {
        try (TestPostgres postgres = new TestPostgres()) {
            database = postgres.dataSource();
            produce(20);
            UsageSink sink = sink(store());
            assertStored();
            await("no lag", () -> lag() == 0 && sink.status().totalLag() == 0);
            assertThat(sink.status().state()).isEqualTo(SinkStatus.State.UP);

            postgres.down();
            produce(30);
            await("degraded", () -> sink.status().state() == SinkStatus.State.DEGRADED);
            await("lag", () -> sink.status().totalLag() == 30 && lag() == 30);

            postgres.up();
            assertStored();
            await("up", () -> sink.status().state() == SinkStatus.State.UP && lag() == 0);
            sink.stop(STOP);
        }
    }
}
