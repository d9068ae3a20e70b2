package io.tollgate.control.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroDeserializer;
import io.tollgate.control.fixture.InMemorySchemaRegistry;
import io.tollgate.control.fixture.TestBroker;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.control.key.KeyCreation;
import io.tollgate.control.key.KeyHolder;
import io.tollgate.control.key.KeyName;
import io.tollgate.control.key.kafka.ApiKeyAvro;
import io.tollgate.control.key.postgres.PostgresApiKeys;
import io.tollgate.control.organization.Mode;
import io.tollgate.control.organization.Organization;
import io.tollgate.control.organization.OrganizationDraft;
import io.tollgate.control.organization.kafka.OrganizationAvro;
import io.tollgate.control.organization.postgres.PostgresOrganizations;
import io.tollgate.control.outbox.kafka.KafkaDefinitionLog;
import io.tollgate.control.outbox.postgres.DefinitionChanges;
import io.tollgate.control.outbox.postgres.PostgresOutbox;
import io.tollgate.definition.ApiKeyDefinition;
import io.tollgate.definition.OrganizationDefinition;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class OutboxIT {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00.123456Z");

    private final InstantSource clock = InstantSource.fixed(NOW);
    private final Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());
    private final PostgresOutbox outbox = new PostgresOutbox(jdbi, clock);
    private final OrganizationDraft draft = new OrganizationDraft(
            "Ärger GmbH", "a@example.com", ZoneId.of("Europe/Berlin"), Currency.getInstance("EUR"), Mode.LIVE);

    private OutboxPublisher publisher(DefinitionLog log, DefinitionsApplied applied) {
        return new OutboxPublisher(outbox, log, applied, new SimpleMeterRegistry());
    }

    private void append(String... recordKeys) {
        for (String key : recordKeys) {
            jdbi.useHandle(handle -> handle.execute(
                    "INSERT INTO outbox (topic, record_key, payload, created_at) VALUES (?, ?, NULL, now())",
                    Topics.KEY_DEFINITIONS.name(),
                    key));
        }
    }

    @Test
    void changeIsAppliedWhenTheCallReturns() {
        InMemoryDefinitionLog log = new InMemoryDefinitionLog();
        ConcurrentLinkedQueue<String> waitedFor = new ConcurrentLinkedQueue<>();
        OutboxPublisher publisher =
                publisher(log, (topic, recordKey, offset, atMost) -> waitedFor.add(topic + "@" + offset));
        publisher.start();
        try {
            Organization organization = new PostgresOrganizations(new DefinitionChanges(jdbi, publisher, clock))
                    .create(Actor.SYSTEM, draft);
            KeyCreation created = new PostgresApiKeys(new DefinitionChanges(jdbi, publisher, clock))
                    .create(Actor.SYSTEM, new KeyHolder.OfOrganization(organization.id()), new KeyName("first"));

            assertThat(created).isInstanceOf(KeyCreation.Created.class);
            assertThat(waitedFor)
                    .containsExactly(
                            Topics.ORGANIZATION_DEFINITIONS.name() + "@0", Topics.KEY_DEFINITIONS.name() + "@1");
            assertThat(log.rows()).hasSize(2);
        } finally {
            publisher.stop(Duration.ofSeconds(5));
        }
    }

    /// The process dies between commit and publication: no publisher runs when the changes are made.
    @Test
    void whatADeadProcessLeftIsPublishedInOrder() {
        OutboxPublisher dead = publisher(new InMemoryDefinitionLog(), (topic, recordKey, offset, atMost) -> true);
        Organization organization =
                new PostgresOrganizations(new DefinitionChanges(jdbi, dead, clock)).create(Actor.SYSTEM, draft);
        PostgresApiKeys keys = new PostgresApiKeys(new DefinitionChanges(jdbi, dead, clock));
        keys.create(Actor.SYSTEM, new KeyHolder.OfOrganization(organization.id()), new KeyName("first"));
        keys.delete(Actor.SYSTEM, new KeyHolder.OfOrganization(organization.id()), new KeyName("first"));
        assertThat(outbox.backlog().rows()).isEqualTo(3);

        InMemoryDefinitionLog log = new InMemoryDefinitionLog();
        assertThat(outbox.publish(log, 100)).isEqualTo(3);

        assertThat(log.rows())
                .extracting(OutboxRow::topic)
                .containsExactly(
                        Topics.ORGANIZATION_DEFINITIONS.name(),
                        Topics.KEY_DEFINITIONS.name(),
                        Topics.KEY_DEFINITIONS.name());
        assertThat(log.rows().get(1).recordKey()).isEqualTo(log.rows().get(2).recordKey());
        assertThat(log.rows().get(1).payload().orElseThrow()).contains("\"revoked_at\": null");
        assertThat(log.rows().get(2).payload().orElseThrow()).doesNotContain("\"revoked_at\": null");
        assertThat(outbox.backlog().rows()).isZero();
    }

    @Test
    void afterAFailureNothingIsSkippedAndOrderIsKept() {
        append("a", "b", "c");
        InMemoryDefinitionLog log = new InMemoryDefinitionLog();

        log.failAfter(1);
        assertThatThrownBy(() -> outbox.publish(log, 100)).hasMessage("told to fail");
        assertThat(outbox.backlog().rows()).isEqualTo(2);
        log.failAfter(Integer.MAX_VALUE);
        outbox.publish(log, 100);

        assertThat(log.rows()).extracting(OutboxRow::recordKey).containsExactly("a", "b", "c");
    }

    @Test
    void twoPublishersDoNotPublishARowTwice() throws Exception {
        append("a", "b", "c", "d");
        InMemoryDefinitionLog log = new InMemoryDefinitionLog();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> counts = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                counts.add(threads.submit(() -> outbox.publish(log, 3)));
            }
            int total = 0;
            for (Future<Integer> count : counts) {
                total += count.get();
            }
            assertThat(total).isEqualTo(4);
        }
        assertThat(log.rows()).hasSize(4).doesNotHaveDuplicates();
    }

    @Test
    void callSucceedsWhenTheLogIsDown() {
        InMemoryDefinitionLog log = new InMemoryDefinitionLog();
        log.failAfter(0);
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        OutboxPublisher publisher =
                new OutboxPublisher(outbox, log, (topic, recordKey, offset, atMost) -> true, metrics);
        publisher.start();
        try {
            Organization organization = new PostgresOrganizations(new DefinitionChanges(jdbi, publisher, clock))
                    .create(Actor.SYSTEM, draft);

            assertThat(new PostgresOrganizations(new DefinitionChanges(jdbi, publisher, clock)).find(organization.id()))
                    .contains(organization);
            assertThat(metrics.counter("tollgate.definitions.apply.timeouts").count())
                    .isEqualTo(1);
            assertThat(metrics.counter("tollgate.outbox.failures").count()).isPositive();
        } finally {
            publisher.stop(Duration.ofSeconds(5));
        }
    }

    @Test
    void whoeverMakesChangesIsToldWhereAllOfThemLieOrNothing() {
        List<List<Outbox.Publication>> told = new CopyOnWriteArrayList<>();
        DefinitionsApplied applied = new DefinitionsApplied() {
            @Override
            public void published(List<Outbox.Publication> changes) {
                told.add(changes);
            }

            @Override
            public boolean await(String topic, String recordKey, long offset, Duration atMost) {
                return false;
            }
        };
        InMemoryDefinitionLog log = new InMemoryDefinitionLog();
        OutboxPublisher publisher = publisher(log, applied);
        publisher.start();
        try {
            DefinitionChanges changes = new DefinitionChanges(jdbi, publisher, clock);
            changes.make(handle -> {
                for (String key : List.of("a", "b")) {
                    handle.execute(
                            "INSERT INTO outbox (topic, record_key, payload, created_at) VALUES (?, ?, NULL, now())",
                            Topics.KEY_DEFINITIONS.name(),
                            key);
                }
                return true;
            });
            assertThat(told)
                    .containsExactly(List.of(
                            new Outbox.Publication(Topics.KEY_DEFINITIONS.name(), "a", 0),
                            new Outbox.Publication(Topics.KEY_DEFINITIONS.name(), "b", 1)));

            log.failAfter(0);
            new PostgresOrganizations(changes).create(Actor.SYSTEM, draft);
            assertThat(told).hasSize(1);
        } finally {
            publisher.stop(Duration.ofSeconds(5));
        }
    }

    /// The waiting ends early when another process publishes, though this one cannot.
    @Test
    void publicationByAnotherProcessEndsTheWait() {
        OutboxPublisher other = publisher(new InMemoryDefinitionLog(), (topic, recordKey, offset, atMost) -> true);
        other.start();
        try {
            ConcurrentLinkedQueue<Long> waitedFor = new ConcurrentLinkedQueue<>();
            OutboxPublisher idle =
                    publisher(new InMemoryDefinitionLog(), (topic, recordKey, offset, atMost) -> waitedFor.add(offset));

            new PostgresOrganizations(new DefinitionChanges(jdbi, idle, clock)).create(Actor.SYSTEM, draft);

            assertThat(waitedFor).containsExactly(0L);
        } finally {
            other.stop(Duration.ofSeconds(5));
        }
    }

    @Test
    void definitionsReachTheTopicsAsAvro() {
        try (TestBroker broker = TestBroker.start()) {
            broker.createTopics(1, List.of(Topics.KEY_DEFINITIONS.name(), Topics.ORGANIZATION_DEFINITIONS.name()));
            InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
            KafkaDefinitionLog log = new KafkaDefinitionLog(
                    broker.bootstrapServers(), registry, List.of(new OrganizationAvro(), new ApiKeyAvro()));
            OutboxPublisher publisher = publisher(log, (topic, recordKey, offset, atMost) -> true);
            publisher.start();
            Organization organization = new PostgresOrganizations(new DefinitionChanges(jdbi, publisher, clock))
                    .create(Actor.SYSTEM, draft);
            PostgresApiKeys keys = new PostgresApiKeys(new DefinitionChanges(jdbi, publisher, clock));
            KeyCreation.Created created = (KeyCreation.Created)
                    keys.create(Actor.SYSTEM, new KeyHolder.OfOrganization(organization.id()), new KeyName("first"));
            keys.delete(Actor.SYSTEM, new KeyHolder.OfOrganization(organization.id()), new KeyName("first"));
            publisher.stop(Duration.ofSeconds(5));

            List<ConsumerRecord<String, byte[]>> organizations =
                    read(broker, Topics.ORGANIZATION_DEFINITIONS.name(), 1);
            OrganizationDefinition organizationDefinition = new AvroDeserializer<>(
                            registry, Topics.ORGANIZATION_DEFINITIONS)
                    .deserialize("", organizations.getFirst().value());
            assertThat(organizations.getFirst().key())
                    .isEqualTo(organization.id().value());
            assertThat(organizationDefinition.getName()).isEqualTo("Ärger GmbH");
            assertThat(organizationDefinition.getTimeZone()).isEqualTo("Europe/Berlin");
            assertThat(organizationDefinition.getCreatedAt()).isEqualTo(NOW);

            List<ConsumerRecord<String, byte[]>> keyRecords = read(broker, Topics.KEY_DEFINITIONS.name(), 2);
            ApiKeyDefinition keyDefinition = new AvroDeserializer<>(registry, Topics.KEY_DEFINITIONS)
                    .deserialize("", keyRecords.getFirst().value());
            assertThat(keyRecords.getFirst().key()).isEqualTo(created.text().hash());
            assertThat(keyDefinition.getKeyHash()).isEqualTo(created.text().hash());
            assertThat(keyDefinition.getOrganizationId())
                    .isEqualTo(organization.id().value());
            assertThat(keyRecords.get(1).key()).isEqualTo(created.text().hash());
            assertThat(keyRecords.get(1).value()).isNull();
        }
    }

    private static List<ConsumerRecord<String, byte[]>> read(TestBroker broker, String topic, int count) {
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (records.size() < count && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        assertThat(records).hasSize(count);
        return records;
    }
}
