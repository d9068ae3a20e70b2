package io.tollgate.quota.definition;

import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroDeserializer;
import io.tollgate.contract.wire.MalformedRecordException;
import io.tollgate.contract.wire.SchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the definition topics from their beginning into [Definitions] and follows them, on a thread of its own. A
/// record
/// that cannot be decoded is logged and left out: it must not stop the others.
public final class DefinitionFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DefinitionFeed.class);
    private static final Duration POLL = Duration.ofMillis(200);
    /// How often the feed asks the broker whether it has everything; well inside [Definitions#TRUSTED_FOR].
    private static final Duration CONFIRM_EVERY = Duration.ofSeconds(3);

    /// After so long without reaching them the ends are asked anew: those of a topic that was made anew are never
    /// reached.
    private static final Duration REACHED_WITHIN = Duration.ofSeconds(60);

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final Duration BROKER_TIMEOUT = Duration.ofSeconds(2);
    private final Definitions definitions;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, Applier> appliers = new LinkedHashMap<>();
    private final List<TopicPartition> all;
    private final Thread thread;
    private final Completeness completeness = new Completeness();
    private volatile boolean closing;
    private long confirmDueNanos = System.nanoTime();
    private long askedNanos;

    private DefinitionFeed(Definitions definitions, String bootstrapServers, SchemaRegistry registry) {
        this.definitions = definitions;
        this.consumer = new KafkaConsumer<>(Map.of(
                CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                CommonClientConfigs.CLIENT_ID_CONFIG,
                "tollgate-definitions",
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                100,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest"));
        follow(registry, Topics.ORGANIZATION_DEFINITIONS, definitions::applyOrganization);
        follow(registry, Topics.KEY_DEFINITIONS, definitions::applyKey);
        follow(registry, Topics.QUOTA_DEFINITIONS, definitions::applyQuota);
        follow(registry, Topics.TENANT_DEFINITIONS, definitions::applyTenant);
        follow(registry, Topics.PLAN_DEFINITIONS, definitions::applyPlan);
        follow(registry, Topics.PLAN_LIMIT_DEFINITIONS, definitions::applyLimit);
        follow(registry, Topics.METRIC_DEFINITIONS, definitions::applyMetric);
        follow(registry, Topics.RATE_LIMIT_DEFINITIONS, definitions::applyRateLimit);
        follow(registry, Topics.CREDENTIAL_DEFINITIONS, definitions::applyCredential);
        this.all = appliers.keySet().stream()
                .map(topic -> new TopicPartition(topic, 0))
                .toList();
        this.thread = Thread.ofPlatform().name("definition-feed").unstarted(this::run);
    }

    private interface Applier {
        void apply(String recordKey, byte @Nullable [] value);
    }

    private interface Table<V extends SpecificRecord> {
        void apply(String recordKey, @Nullable V definition);
    }

    private <V extends SpecificRecord> void follow(SchemaRegistry registry, Topic<V> topic, Table<V> table) {
        AvroDeserializer<V> reader = new AvroDeserializer<>(registry, topic);
        appliers.put(topic.name(), (key, value) -> table.apply(key, reader.deserialize(topic.name(), value)));
    }

    /// Starts reading; [Definitions#trusted] tells when everything is there.
    public static DefinitionFeed start(Definitions definitions, String bootstrapServers, SchemaRegistry registry) {
        DefinitionFeed feed = new DefinitionFeed(definitions, bootstrapServers, registry);
        feed.thread.start();
        return feed;
    }

    private void run() {
        try (consumer) {
            consumer.assign(all);
            consumer.seekToBeginning(all);
            while (!closing) {
                try {
                    follow();
                } catch (RuntimeException e) {
                    if (closing || e instanceof WakeupException) {
                        return;
                    }
                    LOG.warn("definitions are read again from the start: {}", e.toString());
                    startOver();
                    LockSupport.parkNanos(RETRY_AFTER.toNanos());
                }
            }
        }
    }

    private void startOver() {
        definitions.startOver();
        completeness.forget();
        consumer.seekToBeginning(all);
    }

    private void follow() {
        if (definitions.outdated()) {
            startOver();
        }
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        records.forEach(this::apply);
        for (TopicPartition partition : records.partitions()) {
            definitions.appliedUpTo(partition.topic(), consumer.position(partition));
        }
        confirm();
    }

    private void confirm() {
        try {
            long dueNanos = completeness.waiting() ? askedNanos + REACHED_WITHIN.toNanos() : confirmDueNanos;
            if (System.nanoTime() - dueNanos >= 0) {
                Instant asking = definitions.now();
                completeness.await(consumer.endOffsets(all, BROKER_TIMEOUT), asking);
                askedNanos = System.nanoTime();
                confirmDueNanos = askedNanos + CONFIRM_EVERY.toNanos();
            }
            completeness
                    .reached(partition -> consumer.position(partition, BROKER_TIMEOUT))
                    .ifPresent(complete -> {
                        // Also where no record told: the last ones of a topic may have been compacted away, and others
                        // who saw them name their offsets.
                        for (TopicPartition partition : all) {
                            definitions.appliedUpTo(partition.topic(), consumer.position(partition, BROKER_TIMEOUT));
                        }
                        definitions.confirmed(complete);
                    });
        } catch (WakeupException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.warn("cannot confirm that all definitions are known: {}", e.toString());
        }
    }

    private void apply(ConsumerRecord<byte[], byte[]> record) {
        String key = new String(record.key(), StandardCharsets.UTF_8);
        try {
            Objects.requireNonNull(appliers.get(record.topic()), "a topic that is not followed")
                    .apply(key, record.value());
        } catch (MalformedRecordException | IllegalArgumentException e) {
            LOG.error(
                    "definition at {} offset {} is left out: it cannot be read ({})",
                    record.topic(),
                    record.offset(),
                    e.getMessage());
        }
    }

    @Override
    public void close() {
        closing = true;
        consumer.wakeup();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
