package io.tollgate.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.LogPosition;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.ingest.admission.InMemoryAdmissions;
import io.tollgate.ingest.capacity.InFlightBytes;
import io.tollgate.ingest.fixture.GatewayServer;
import io.tollgate.ingest.fixture.MapSchemaRegistry;
import io.tollgate.ingest.fixture.TestBroker;
import io.tollgate.ingest.fixture.Waiting;
import io.tollgate.ingest.kafka.EventLogConfig;
import io.tollgate.ingest.kafka.KafkaEventLog;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// From POST to the log of a real broker and back.
class EventPathIT {
    private static final int PARTITIONS = 4;
    private static final MapSchemaRegistry REGISTRY = new MapSchemaRegistry();

    private static TestBroker broker;
    private static KafkaEventLog log;
    private static GatewayServer server;

    @BeforeAll
    static void start() {
        broker = TestBroker.start(PARTITIONS);
        log = new KafkaEventLog(
                EventLogConfig.of(broker.bootstrapServers(), PARTITIONS),
                new AvroSerializer<>(REGISTRY, Topics.USAGE_EVENTS));
        Waiting.until(
                "the log is ready", Duration.ofSeconds(20), () -> log.notReady().isEmpty());
        server = new GatewayServer(log, new InMemoryAdmissions(Instant.now()), IngestConfig.DEFAULT);
    }

    @AfterAll
    static void stop() {
        server.close();
        log.close();
        broker.close();
    }

    @Test
    void whatIsAnsweredIsInTheLogOncePerRequestAndSubject() {
        HttpResponse<String> answer = server.postEvents(IntStream.range(0, 1_000)
                .mapToObj(i ->
                        "{\"event_type\":\"m\",\"tenant_id\":\"batch" + i % 7 + "\",\"idempotency_key\":\"" + i + "\"}")
                .collect(Collectors.joining(",", "{\"events\":[", "]}")));

        assertThat(answer.statusCode()).isEqualTo(200);
        List<UsageBatch> records = logged("batch");
        assertThat(records).hasSize(7);
        assertThat(records.stream().map(UsageBatch::getBatchId))
                .containsOnly(records.getFirst().getBatchId());
        List<String> ids = records.stream()
                .flatMap(batch -> batch.getEvents().stream())
                .map(UsageEvent::getEventId)
                .toList();
        assertThat(ids).hasSize(1_000).allMatch(answer.body()::contains);
    }

    @Test
    void positionIncludesEveryRecord() {
        HttpResponse<String> answer = server.postEvents(IntStream.range(0, 50)
                .mapToObj(i -> "{\"event_type\":\"m\",\"tenant_id\":\"pos" + i + "\"}")
                .collect(Collectors.joining(",", "{\"events\":[", "]}")));

        LogPosition position = LogPosition.fromText(
                answer.headers().firstValue("Tollgate-Position").orElseThrow());
        Map<Integer, Long> last = new HashMap<>();
        for (ConsumerRecord<String, UsageBatch> record : broker.usageEvents(REGISTRY)) {
            if (record.key().startsWith("biz_demo/tenant:pos")) {
                last.put(record.partition(), record.offset());
            }
        }
        assertThat(position.offsets()).isEqualTo(last);
    }

    /// V7 h
    @Test
    void hundredConcurrentPostsOfOneKeyAreOneEvent() {
        String body = "{\"event_type\":\"m\",\"tenant_id\":\"same\",\"idempotency_key\":\"k\"}";
        List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, 100)
                .mapToObj(i -> server.sendAsync(server.post("/api/v1/events")
                        .POST(BodyPublishers.ofString(body))
                        .build()))
                .toList();
        List<String> bodies = answers.stream()
                .map(answer -> {
                    assertThat(answer.join().statusCode()).isEqualTo(200);
                    return answer.join().body();
                })
                .toList();

        assertThat(logged("same")).hasSize(1);
        String id = logged("same").getFirst().getEvents().getFirst().getEventId();
        assertThat(bodies).allMatch(answer -> answer.contains(id));
        assertThat(bodies.stream().filter(answer -> answer.contains("\"deduplicated\":false")))
                .hasSize(1);
    }

    @Test
    void brokerThatIsAwayIsAnsweredWithinTwoSecondsAndComesBackByItself() {
        // Without a key: a repeated one would be answered as a duplicate, broker or not.
        String body = "{\"event_type\":\"m\",\"tenant_id\":\"away\"}";
        assertThat(server.postEvents(body).statusCode()).isEqualTo(200);
        broker.down();
        try {
            for (int round = 0; round < 3; round++) {
                long start = System.nanoTime();
                List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, 50)
                        .mapToObj(i -> server.sendAsync(server.post("/api/v1/events")
                                .POST(BodyPublishers.ofString(body))
                                .build()))
                        .toList();
                answers.forEach(answer -> {
                    assertThat(answer.join().statusCode()).isEqualTo(503);
                    assertThat(answer.join().headers().firstValue("Retry-After"))
                            .hasValue("2");
                    assertThat(answer.join().body()).contains("\"code\":\"LOG_UNAVAILABLE\"");
                });
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(2_500));
            }
            assertThat(server.bean(InFlightBytes.class).reserved()).isZero();
        } finally {
            broker.up();
        }
        Waiting.until(
                "events are taken again",
                Duration.ofSeconds(20),
                () -> server.postEvents(body).statusCode() == 200);
    }

    private static List<UsageBatch> logged(String tenantPrefix) {
        return broker.usageEvents(REGISTRY).stream()
                .filter(record -> record.key().startsWith("biz_demo/tenant:" + tenantPrefix))
                .map(ConsumerRecord::value)
                .toList();
    }
}
