package io.tollgate.quota.definition;

import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroDeserializer;
import io.tollgate.contract.wire.MalformedRecordException;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.definition.ApiKeyDefinition;
import io.tollgate.definition.OrganizationDefinition;
import io.tollgate.definition.QuotaDefinition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
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

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final Duration BROKER_TIMEOUT = Duration.ofSeconds(2);
    private static final TopicPartition KEYS = new TopicPartition(Topics.KEY_DEFINITIONS.name(), 0);
    private static final TopicPartition ORGANIZATIONS = new TopicPartition(Topics.ORGANIZATION_DEFINITIONS.name(), 0);
    private static final TopicPartition QUOTAS = new TopicPartition(Topics.QUOTA_DEFINITIONS.name(), 0);
    private static final List<TopicPartition> ALL = List.of(ORGANIZATIONS, KEYS, QUOTAS);

    private final Definitions definitions;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final AvroDeserializer<ApiKeyDefinition> keyReader;
    private final AvroDeserializer<OrganizationDefinition> organizationReader;
    private final AvroDeserializer<QuotaDefinition> quotaReader;
    private final Thread thread;
    private volatile boolean closing;
    private long confirmDueNanos = System.nanoTime();

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
        this.keyReader = new AvroDeserializer<>(registry, Topics.KEY_DEFINITIONS);
        this.organizationReader = new AvroDeserializer<>(registry, Topics.ORGANIZATION_DEFINITIONS);
        this.quotaReader = new AvroDeserializer<>(registry, Topics.QUOTA_DEFINITIONS);
        this.thread = Thread.ofPlatform().name("definition-feed").unstarted(this::run);
    }

    /// Starts reading; [Definitions#trusted] tells when everything is there.
    public static DefinitionFeed start(Definitions definitions, String bootstrapServers, SchemaRegistry registry) {
        DefinitionFeed feed = new DefinitionFeed(definitions, bootstrapServers, registry);
        feed.thread.start();
        return feed;
    }

    private void run() {
        try (consumer) {
            consumer.assign(ALL);
            consumer.seekToBeginning(ALL);
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
        consumer.seekToBeginning(ALL);
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
        if (System.nanoTime() - confirmDueNanos >= 0) {
            confirm();
        }
    }

    private void confirm() {
        try {
            Map<TopicPartition, Long> ends = consumer.endOffsets(ALL, BROKER_TIMEOUT);
            boolean complete = true;
            for (TopicPartition partition : ALL) {
                complete &= consumer.position(partition, BROKER_TIMEOUT) >= ends.getOrDefault(partition, 0L);
            }
            if (complete) {
                // Also where no record told: the last ones of a topic may have been compacted away, and others who
                // saw them name their offsets.
                for (TopicPartition partition : ALL) {
                    definitions.appliedUpTo(partition.topic(), consumer.position(partition, BROKER_TIMEOUT));
                }
                definitions.confirmed();
                confirmDueNanos = System.nanoTime() + CONFIRM_EVERY.toNanos();
            }
        } catch (WakeupException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.warn("cannot confirm that all definitions are known: {}", e.toString());
        }
    }

    private void apply(ConsumerRecord<byte[], byte[]> record) {
        String key = new String(record.key(), StandardCharsets.UTF_8);
        try {
            if (record.topic().equals(KEYS.topic())) {
                definitions.applyKey(key, keyReader.deserialize(record.topic(), record.value()));
            } else if (record.topic().equals(QUOTAS.topic())) {
                definitions.applyQuota(key, quotaReader.deserialize(record.topic(), record.value()));
            } else {
                definitions.applyOrganization(key, organizationReader.deserialize(record.topic(), record.value()));
            }
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
