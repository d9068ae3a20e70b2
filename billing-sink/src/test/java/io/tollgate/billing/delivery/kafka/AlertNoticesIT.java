package io.tollgate.billing.delivery.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.billing.delivery.postgres.PostgresMessages;
import io.tollgate.billing.usage.kafka.UsageSink;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.control.fixture.InMemorySchemaRegistry;
import io.tollgate.control.fixture.TestBroker;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.event.QuotaAlert;
import io.tollgate.event.QuotaAlertKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/// Alerts between a real broker and a real database.
class AlertNoticesIT {
    private static final Duration STOP = Duration.ofSeconds(10);

    private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
    private final Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private List<String> types() {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT message_type FROM webhook_deliveries WHERE organization_id = 'biz_1' ORDER BY sequence")
                .mapTo(String.class)
                .list());
    }

    private long position() {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT coalesce(max(next_offset), 0) FROM sink_offsets WHERE topic = :topic")
                .bind("topic", Topics.QUOTA_ALERTS.name())
                .mapTo(long.class)
                .one());
    }

    @Test
    void redeliveryOfAnAlertStoresNothingTwice() throws Exception {
        jdbi.useHandle(handle -> {
            handle.execute("INSERT INTO organizations (id, name, email, time_zone, currency, mode, plan_type,"
                    + " subscription_status, created_at)"
                    + " VALUES ('biz_1', 'Acme', 'a@b.c', 'UTC', 'EUR', 'live', 'free', 'free', now())");
            handle.execute("INSERT INTO webhook_endpoints (id, organization_id, url, event_types, enabled, secret,"
                    + " created_at, updated_at)"
                    + " VALUES ('we_1', 'biz_1', 'https://hook.example/', '{*}', true, '', now(), now())");
        });
        try (TestBroker broker = TestBroker.start()) {
            broker.createTopics(1, List.of(Topics.QUOTA_ALERTS.name(), Topics.DEAD_LETTERS));
            send(broker, QuotaAlertKind.SOFT, QuotaAlertKind.HARD, QuotaAlertKind.BREACH, QuotaAlertKind.RECOVERY);
            List<String> told = List.of("quota.soft_limit", "quota.exceeded");

            consume(broker, 4);
            assertThat(types()).isEqualTo(told);

            // As after the loss of a commit: the same records once more.
            jdbi.useHandle(handle -> handle.execute("UPDATE sink_offsets SET next_offset = 0"));
            consume(broker, 4);
            assertThat(types()).isEqualTo(told);
        }
    }

    @Test
    void crossingOfALimitThatScalesIsNotedOnceHoweverOftenItIsConsumed() throws Exception {
        try (TestBroker broker = TestBroker.start()) {
            broker.createTopics(1, List.of(Topics.QUOTA_ALERTS.name(), Topics.DEAD_LETTERS));
            QuotaAlert crossed = AlertNoticesTest.alert(QuotaAlertKind.LIMIT_BREACHED);
            crossed.setBreachAction("scale");
            crossed.setLimitOperator("gte");
            send(broker, crossed);
            send(broker, QuotaAlertKind.SOFT);

            consume(broker, 2);
            jdbi.useHandle(handle -> handle.execute("UPDATE sink_offsets SET next_offset = 0"));
            consume(broker, 2);

            List<String> crossings = jdbi.withHandle(handle -> handle.createQuery(
                            "SELECT organization_id || ' ' || tenant_id || ' ' || meter FROM scale_crossings")
                    .mapTo(String.class)
                    .list());
            assertThat(crossings).containsExactly("biz_1 cust_7 api_request");
        }
    }

    private void consume(TestBroker broker, long until) {
        UsageSink sink = AlertNotices.sink(
                new PostgresMessages(jdbi), broker.bootstrapServers(), registry, new SimpleMeterRegistry());
        sink.start();
        try {
            await("alerts stored", () -> position() == until);
        } finally {
            sink.stop(STOP);
        }
    }

    private void send(TestBroker broker, QuotaAlertKind... kinds) throws Exception {
        send(broker, Stream.of(kinds).map(AlertNoticesTest::alert).toArray(QuotaAlert[]::new));
    }

    private void send(TestBroker broker, QuotaAlert... alerts) throws Exception {
        AvroSerializer<QuotaAlert> serializer = new AvroSerializer<>(registry, Topics.QUOTA_ALERTS);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (QuotaAlert alert : alerts) {
                producer.send(new ProducerRecord<>(
                                Topics.QUOTA_ALERTS.name(),
                                "biz_1/tenant:cust_7".getBytes(StandardCharsets.UTF_8),
                                serializer.serialize(Topics.QUOTA_ALERTS.name(), alert)))
                        .get();
            }
        }
    }
}
