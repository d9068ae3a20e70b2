package io.tollgate.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.Reports;
import io.tollgate.ingest.fixture.MapSchemaRegistry;
import io.tollgate.ingest.fixture.Waiting;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Failures that a broker does not produce on request.
class KafkaEventLogTest {
    private static final int PARTITIONS = 2;

    private final Queue<MockProducer<byte[], byte[]>> made = new ConcurrentLinkedQueue<>();
    private final KafkaEventLog log = new KafkaEventLog(
            EventLogConfig.of("nowhere:1", PARTITIONS),
            new AvroSerializer<>(new MapSchemaRegistry(), Topics.USAGE_EVENTS),
            this::producer);

    @AfterEach
    void close() {
        log.close();
    }

    static List<RuntimeException> fatal() {
        return List.of(
                new ProducerFencedException("fenced"),
                new InvalidProducerEpochException("old epoch"),
                new OutOfOrderSequenceException("lost"),
                new KafkaException("in an error state"));
    }

    static List<RuntimeException> passing() {
        return List.of(new TimeoutException("late"), new NetworkException("cut"), new BufferExhaustedException("full"));
    }

    @ParameterizedTest
    @MethodSource("fatal")
    void producersThatFailForGoodAreReplaced(RuntimeException failure) {
        MockProducer<byte[], byte[]> first = current(1);
        CompletableFuture<Appended> append = append("a:1");
        first.errorNext(failure);
        assertThat(append.join()).isEqualTo(new Appended.Unknown(failure.getMessage()));

        MockProducer<byte[], byte[]> second = current(2);
        CompletableFuture<Appended> next = append("a:2");
        second.completeNext();
        assertThat(next.join()).isInstanceOf(Appended.Landed.class);
        assertThat(first.closed()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("fatal")
    void producersThatRefuseToSendAreReplaced(RuntimeException failure) {
        current(1).sendException = failure;
        // Such a producer may have buffered the record before it failed.
        assertThat(append("a:1").join()).isEqualTo(new Appended.Unknown(failure.getMessage()));

        current(2);
    }

    @ParameterizedTest
    @MethodSource("passing")
    void producersThatMaySucceedNextTimeAreKept(RuntimeException failure) {
        MockProducer<byte[], byte[]> producer = current(1);
        producer.sendException = failure;
        assertThat(append("a:1").join())
                .isInstanceOf(failure instanceof TimeoutException ? Appended.NotSent.class : Appended.Unknown.class);
        producer.sendException = null;

        CompletableFuture<Appended> next = append("a:2");
        producer.completeNext();
        assertThat(next.join()).isInstanceOf(Appended.Landed.class);
        assertThat(made).hasSize(1);
    }

    @Test
    void recordsOfOneReportShareNoFate() {
        MockProducer<byte[], byte[]> producer = current(1);
        List<CompletableFuture<Appended>> append = log.append(Reports.of("a:1", "b:1", "c:1"));
        producer.completeNext();
        producer.errorNext(new TimeoutException("late"));
        assertThat(append.get(2)).isNotDone();
        producer.completeNext();

        assertThat(append.get(0).join()).isInstanceOf(Appended.Landed.class);
        // It was buffered, so nobody knows how far it came.
        assertThat(append.get(1).join()).isEqualTo(new Appended.Unknown("late"));
        assertThat(append.get(2).join()).isInstanceOf(Appended.Landed.class);
    }

    @Test
    void nothingIsHandedOverAfterARecordThatTheProducerDidNotTake() {
        MockProducer<byte[], byte[]> producer = current(1);
        producer.sendException = new BufferExhaustedException("full");

        assertThat(log.append(Reports.of("a:1", "b:1")).stream().map(CompletableFuture::join))
                .hasSize(2)
                .hasOnlyElementsOfType(Appended.NotSent.class);
        assertThat(producer.history()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void silenceIsGivenUpWithinTwoSeconds(int subjects) {
        current(1);
        long start = System.nanoTime();
        List<CompletableFuture<Appended>> append = log.append(Reports.of(IntStream.range(0, subjects)
                .mapToObj(subject -> "s" + subject + ":1")
                .toArray(String[]::new)));

        assertThat(append.stream().map(CompletableFuture::join))
                .hasSize(subjects)
                .containsOnly(new Appended.Unknown("not acknowledged within 1700 ms"));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void closedLogTakesNothing() {
        current(1);
        log.close();
        assertThat(append("a:1").join()).isEqualTo(new Appended.NotSent("closed"));
        assertThat(log.notReady()).hasValue("closed");
    }

    @Test
    void promisesAreNotOverriddenByClientProperties() {
        Map<String, Object> properties = KafkaEventLog.properties(new EventLogConfig(
                "b:1",
                1,
                "c",
                EventLogConfig.BUFFER_BYTES_DEFAULT,
                Map.of(ProducerConfig.ACKS_CONFIG, "1", "security.protocol", "SSL")));

        assertThat(properties)
                .containsEntry(ProducerConfig.ACKS_CONFIG, "all")
                .containsEntry(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true)
                .containsEntry(ProducerConfig.MAX_BLOCK_MS_CONFIG, 0)
                .containsEntry("security.protocol", "SSL");
    }

    private CompletableFuture<Appended> append(String tenantAndKey) {
        return log.append(Reports.of(tenantAndKey)).getFirst();
    }

    private MockProducer<byte[], byte[]> current(int count) {
        Waiting.until(
                "producer " + count,
                Duration.ofSeconds(10),
                () -> made.size() == count && log.notReady().isEmpty());
        return made.stream().skip(count - 1L).findFirst().orElseThrow();
    }

    private Producer<byte[], byte[]> producer(Map<String, Object> properties) {
        Node node = new Node(1, "nowhere", 1);
        String topic = Topics.USAGE_EVENTS.name();
        List<PartitionInfo> partitions = List.of(
                new PartitionInfo(topic, 0, node, new Node[] {node}, new Node[] {node}),
                new PartitionInfo(topic, 1, node, new Node[] {node}, new Node[] {node}));
        Cluster cluster = new Cluster("c", List.of(node), partitions, java.util.Set.of(), java.util.Set.of());
        MockProducer<byte[], byte[]> producer =
                new MockProducer<>(cluster, false, null, new ByteArraySerializer(), new ByteArraySerializer());
        made.add(producer);
        return producer;
    }
}
