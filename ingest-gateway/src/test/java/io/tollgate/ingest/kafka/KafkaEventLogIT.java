package io.tollgate.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.contract.LogPosition;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.ingest.event.EventLog;
import io.tollgate.ingest.event.EventLogContract;
import io.tollgate.ingest.event.LogUnavailableException;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.Reports;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.fixture.MapSchemaRegistry;
import io.tollgate.ingest.fixture.TestBroker;
import io.tollgate.ingest.fixture.Waiting;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class KafkaEventLogIT extends EventLogContract {
    private static final int PARTITIONS = 4;
    private static final MapSchemaRegistry REGISTRY = new MapSchemaRegistry();

    private static TestBroker broker;
    private static KafkaEventLog log;

    @BeforeAll
    static void start() {
        broker = TestBroker.start(PARTITIONS);
        log = ready(new KafkaEventLog(
                EventLogConfig.of(broker.bootstrapServers(), PARTITIONS),
                new AvroSerializer<>(REGISTRY, Topics.USAGE_EVENTS)));
    }

    @AfterAll
    static void stop() {
        log.close();
        broker.close();
    }

    @Override
    protected EventLog log() {
        return log;
    }

    @Override
    protected List<List<String>> storedKeys(String tenant) {
        return broker.usageEvents(REGISTRY).stream()
                .filter(record -> record.key().equals("biz_demo/tenant:" + tenant))
                .map(record -> record.value().getEvents().stream()
                        .map(UsageEvent::getIdempotencyKey)
                        .toList())
                .toList();
    }

    @Override
    protected void away(boolean isAway) {
        if (isAway) {
            broker.down();
        } else {
            broker.up();
            // A record that is not acknowledged is no bug while the broker is on its way back.
            Waiting.until("the log works again", Duration.ofSeconds(20), () -> {
                try {
                    log.append(Reports.of("returning:1")).join();
                    return true;
                } catch (RuntimeException e) {
                    return false;
                }
            });
        }
    }

    @Test
    void recordsCarryTheWholeEvent() {
        UsageReport report = Reports.of("whole:k1", "whole:k2");
        LogPosition position = log.append(report).join();

        ConsumerRecord<String, UsageBatch> record = broker.usageEvents(REGISTRY).stream()
                .filter(one -> one.key().equals("biz_demo/tenant:whole"))
                .findFirst()
                .orElseThrow();
        byte[] key = "biz_demo/tenant:whole".getBytes(StandardCharsets.UTF_8);
        assertThat(record.partition()).isEqualTo(Partitioning.partitionOf(key, PARTITIONS));
        assertThat(position).isEqualTo(LogPosition.of(record.partition(), record.offset()));
        assertThat(record.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);

        UsageBatch batch = record.value();
        assertThat(batch.getBatchId()).isEqualTo(report.id().value());
        assertThat(batch.getOrganizationId()).isEqualTo("biz_demo");
        assertThat(batch.getSubject()).isEqualTo("tenant:whole");
        assertThat(batch.getTimeZone()).isEqualTo("Europe/Berlin");
        assertThat(batch.getAcceptedAt()).isEqualTo(Reports.NOW);
        assertThat(batch.getEvents()).hasSize(2);
        UsageEvent event = batch.getEvents().getFirst();
        UsageReport.NewEvent sent = report.batches().getFirst().events().getFirst();
        assertThat(event.getEventId()).isEqualTo(sent.id().value());
        assertThat(event.getIdempotencyKey()).isEqualTo("k1");
        assertThat(event.getFingerprint().bytes())
                .isEqualTo(sent.event().fingerprint().bytes());
        assertThat(event.getMeter()).isEqualTo("calls");
        assertThat(event.getQuantity()).isEqualTo(new BigDecimal("2.500000"));
        assertThat(event.getEventTime()).isEqualTo(Instant.parse("2026-01-01T00:00:00.000001Z"));
        assertThat(event.getMetadata()).isEqualTo("{\"a\":1}");
    }

    @Test
    void theLargestRecordIsTaken() {
        List<Reported> events = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            // Incompressible enough, and about 8 MB together.
            events.add(Reports.event("large", "key" + i, "{\"a\":\"" + "x".repeat(7_900) + i + "\"}"));
        }
        assertThat(log.append(Reports.of(events)).join().offsets()).hasSize(1);
    }

    @Test
    void anotherNumberOfPartitionsIsNotWrittenTo() {
        try (KafkaEventLog other = new KafkaEventLog(
                EventLogConfig.of(broker.bootstrapServers(), PARTITIONS + 1),
                new AvroSerializer<>(REGISTRY, Topics.USAGE_EVENTS))) {
            Waiting.until(
                    "the mismatch is seen",
                    Duration.ofSeconds(10),
                    () -> other.notReady()
                            .orElse("")
                            .equals("the topic has 4 partitions, but this installation has 5"));
            assertThatThrownBy(other.append(Reports.of("a:1"))::join).hasCauseInstanceOf(LogUnavailableException.class);
        }
    }

    /// Two minutes' worth of load arriving while the broker is away must not pile up: what is not taken within the
    /// buffer fails at once, what is taken fails within the promise, and afterwards everything works.
    @Test
    void memoryStaysBoundedWhileTheBrokerIsAway() {
        EventLogConfig small = new EventLogConfig(
                broker.bootstrapServers(), PARTITIONS, "bounded", 2L * KafkaEventLog.REQUEST_BYTES_MAX, Map.of());
        try (KafkaEventLog bounded =
                ready(new KafkaEventLog(small, new AvroSerializer<>(REGISTRY, Topics.USAGE_EVENTS)))) {
            bounded.append(Reports.of("bounded:1")).join();
            broker.down();
            try {
                UsageReport report =
                        Reports.of(List.of(Reports.event("bounded", "k", "{\"a\":\"" + "x".repeat(16_000) + "\"}")));
                List<CompletableFuture<LogPosition>> appends = new ArrayList<>();
                long start = System.nanoTime();
                // 320 MB into a buffer of 19 MB.
                for (int i = 0; i < 20_000; i++) {
                    appends.add(bounded.append(report));
                }
                long refusedAtOnce = appends.stream()
                        .filter(CompletableFuture::isCompletedExceptionally)
                        .count();
                assertThat(refusedAtOnce).isGreaterThan(10_000);
                for (CompletableFuture<LogPosition> append : appends) {
                    assertThatThrownBy(append::join).hasCauseInstanceOf(LogUnavailableException.class);
                }
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            } finally {
                away(false);
            }
            Waiting.until(
                    "the log works again",
                    Duration.ofSeconds(20),
                    () -> bounded.append(Reports.of("bounded:2"))
                            .handle((position, failure) -> failure == null)
                            .join());
        }
    }

    /// After a long absence the client forgets the cluster and begins again at the bootstrap servers, topics included.
    /// Here long means 200 ms instead of five minutes.
    @Test
    void aLongAbsenceIsRecoveredFrom() {
        EventLogConfig forgetful = new EventLogConfig(
                broker.bootstrapServers(),
                PARTITIONS,
                "forgetful",
                EventLogConfig.BUFFER_BYTES_DEFAULT,
                Map.of("metadata.recovery.rebootstrap.trigger.ms", "200", "metadata.max.age.ms", "100"));
        try (KafkaEventLog log =
                ready(new KafkaEventLog(forgetful, new AvroSerializer<>(REGISTRY, Topics.USAGE_EVENTS)))) {
            broker.down();
            try {
                Waiting.until(
                        "the topic is forgotten",
                        Duration.ofSeconds(20),
                        () -> log.append(Reports.of("long:1"))
                                .handle((position, failure) -> String.valueOf(failure))
                                .join()
                                .contains("not present in metadata"));
            } finally {
                away(false);
            }
            Waiting.until(
                    "the log works again",
                    Duration.ofSeconds(20),
                    () -> log.append(Reports.of("long:2"))
                            .handle((position, failure) -> failure == null)
                            .join());
        }
    }

    private static KafkaEventLog ready(KafkaEventLog starting) {
        Waiting.until(
                "the log is ready",
                Duration.ofSeconds(20),
                () -> starting.notReady().isEmpty());
        return starting;
    }
}
