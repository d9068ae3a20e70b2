package io.tollgate.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.contract.wire.Partitioning;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.event.EventLog;
import io.tollgate.ingest.event.EventLogContract;
import io.tollgate.ingest.event.Reported;
import io.tollgate.ingest.event.Reports;
import io.tollgate.ingest.event.UsageReport;
import io.tollgate.ingest.fixture.MapSchemaRegistry;
import io.tollgate.ingest.fixture.TestBroker;
import io.tollgate.ingest.fixture.Waiting;
import io.tollgate.quota.admission.AdmissionId;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
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
            Waiting.until("the log works again", Duration.ofSeconds(20), () -> lands(log, "returning:1"));
        }
    }

    @Test
    void recordsCarryTheWholeEvent() {
        UsageReport report = Reports.of("whole:k1", "whole:k2");
        Appended appended = appended(log, report).getFirst();

        ConsumerRecord<String, UsageBatch> record = broker.usageEvents(REGISTRY).stream()
                .filter(one -> one.key().equals("biz_demo/tenant:whole"))
                .findFirst()
                .orElseThrow();
        byte[] key = "biz_demo/tenant:whole".getBytes(StandardCharsets.UTF_8);
        assertThat(record.partition()).isEqualTo(Partitioning.partitionOf(key, PARTITIONS));
        assertThat(appended)
                .isEqualTo(new Appended.Landed(
                        record.partition(), record.offset(), Instant.ofEpochMilli(record.timestamp())));
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
        assertThat(event.getCeiling()).isNull();
        assertThat(event.getGraceStart()).isNull();
        assertThat(batch.getAdmission()).isNull();
    }

    @Test
    void recordsCarryTheOwnersConsent() {
        UsageReport report = Reports.of("admitted:k1");
        UsageReport.SubjectBatch asked = report.batches().getFirst();
        UsageReport.Admission admission = new UsageReport.Admission(
                AdmissionId.random(), 3, UUID.randomUUID(), Instant.parse("2026-03-04T10:15:31.000001Z"));
        Instant grace = Instant.parse("2026-03-01T00:00:00Z");
        UsageReport.NewEvent event = asked.events().getFirst();
        appended(
                log,
                new UsageReport(
                        report.id(),
                        report.zone(),
                        report.acceptedAt(),
                        List.of(new UsageReport.SubjectBatch(
                                asked.subjectKey(),
                                List.of(new UsageReport.NewEvent(
                                        event.id(), event.event(), new BigDecimal("500.000000"), grace)),
                                admission))));

        UsageBatch logged = broker.usageEvents(REGISTRY).stream()
                .filter(one -> one.key().equals("biz_demo/tenant:admitted"))
                .findFirst()
                .orElseThrow()
                .value();
        assertThat(logged.getAdmission())
                .isEqualTo(new io.tollgate.event.Admission(
                        admission.id().value(), admission.epoch(), admission.admittedAt()));
        assertThat(logged.getEvents().getFirst().getCeiling()).isEqualByComparingTo("500");
        assertThat(logged.getEvents().getFirst().getGraceStart()).isEqualTo(grace);
    }

    @Test
    void theLargestRecordIsTaken() {
        List<Reported> events = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            // Incompressible enough, and about 8 MB together.
            events.add(Reports.event("large", "key" + i, "{\"a\":\"" + "x".repeat(7_900) + i + "\"}"));
        }
        assertThat(appended(log, Reports.of(events))).hasOnlyElementsOfType(Appended.Landed.class);
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
            assertThat(appended(other, Reports.of("a:1"))).hasOnlyElementsOfType(Appended.NotSent.class);
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
            appended(bounded, Reports.of("bounded:1"));
            broker.down();
            try {
                UsageReport report =
                        Reports.of(List.of(Reports.event("bounded", "k", "{\"a\":\"" + "x".repeat(16_000) + "\"}")));
                List<CompletableFuture<Appended>> appends = new ArrayList<>();
                long start = System.nanoTime();
                // 320 MB into a buffer of 19 MB.
                for (int i = 0; i < 20_000; i++) {
                    appends.addAll(bounded.append(report));
                }
                long refusedAtOnce = appends.stream()
                        .filter(append -> append.getNow(null) instanceof Appended.NotSent)
                        .count();
                assertThat(refusedAtOnce).isGreaterThan(10_000);
                for (CompletableFuture<Appended> append : appends) {
                    assertThat(append.join()).isNotInstanceOf(Appended.Landed.class);
                }
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            } finally {
                away(false);
            }
            Waiting.until("the log works again", Duration.ofSeconds(20), () -> lands(bounded, "bounded:2"));
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
                        () -> appended(log, Reports.of("long:1"))
                                .getFirst()
                                .toString()
                                .contains("not present in metadata"));
            } finally {
                away(false);
            }
            Waiting.until("the log works again", Duration.ofSeconds(20), () -> lands(log, "long:2"));
        }
    }

    private static boolean lands(EventLog log, String tenantAndKey) {
        return appended(log, Reports.of(tenantAndKey)).getFirst() instanceof Appended.Landed;
    }

    private static KafkaEventLog ready(KafkaEventLog starting) {
        Waiting.until(
                "the log is ready",
                Duration.ofSeconds(20),
                () -> starting.notReady().isEmpty());
        return starting;
    }
}
