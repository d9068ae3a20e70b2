package io.tollgate.server.runtime;

import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.server.config.CannotStartException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;

/// Makes the topics of the catalogue that are missing and checks that those there have the partitions they must have: a
/// subject's partition follows from their number, so it is fixed for the life of an installation.
final class TopicSetup {
    private static final Duration BROKER_TIMEOUT = Duration.ofSeconds(30);
    private static final short REPLICATION_MAX = 3;
    private static final List<String> CHECKED_SETTINGS = List.of("message.timestamp.type", "cleanup.policy");
    private static final long DEAD_LETTER_RETENTION_MS = -1;

    private TopicSetup() {}

    /// @return copies of each topic: as many as there are brokers, at most three
    static short ensure(Admin admin, int partitions) {
        try {
            short replication = (short) Math.min(
                    REPLICATION_MAX,
                    admin.describeCluster()
                            .nodes()
                            .get(BROKER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                            .size());
            Map<String, NewTopic> wanted = new HashMap<>();
            for (Topic<?> topic : Topics.all()) {
                wanted.put(
                        topic.name(), topic(topic.name(), topic.partitions(partitions), replication, topic.config()));
            }
            wanted.put(
                    Topics.DEAD_LETTERS,
                    topic(
                            Topics.DEAD_LETTERS,
                            1,
                            replication,
                            Map.of(
                                    "retention.ms",
                                    Long.toString(DEAD_LETTER_RETENTION_MS),
                                    "max.message.bytes",
                                    Integer.toString(2 * Topics.RECORD_BYTES_MAX))));
            create(admin, wanted);
            check(admin, wanted);
            checkSettings(admin, wanted);
            awaitLeaders(admin, wanted);
            return replication;
        } catch (ExecutionException | TimeoutException e) {
            throw new CannotStartException(
                    "Kafka does not answer within " + BROKER_TIMEOUT.toSeconds()
                            + " s; check KAFKA_BOOTSTRAP_SERVERS and that the brokers are up (" + e.getMessage() + ").",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotStartException("interrupted while topics were made", e);
        }
    }

    private static void create(Admin admin, Map<String, NewTopic> wanted)
            throws ExecutionException, InterruptedException, TimeoutException {
        List<NewTopic> missing = new ArrayList<>(wanted.values());
        var present = admin.listTopics().names().get(BROKER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        missing.removeIf(topic -> present.contains(topic.name()));
        for (var created : admin.createTopics(missing).values().values()) {
            try {
                created.get(BROKER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                // Another instance that starts at the same time was faster.
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
    }

    private static void check(Admin admin, Map<String, NewTopic> wanted)
            throws ExecutionException, InterruptedException, TimeoutException {
        Map<String, TopicDescription> present = admin.describeTopics(wanted.keySet())
                .allTopicNames()
                .get(BROKER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        present.forEach((name, description) -> {
            NewTopic expected = wanted.get(name);
            int found = description.partitions().size();
            if (expected != null && found != expected.numPartitions()) {
                throw new CannotStartException(
                        "Topic " + name + " has " + found + " partitions, and this instance is set to "
                                + expected.numPartitions() + ". The number is fixed when an installation is made: set"
                                + " TOLLGATE_PARTITIONS=" + found + ".");
            }
        });
    }

    /// A description does not say that a partition can be written yet. A producer whose first batch is refused for want
    /// of a
    /// leader while its second is taken would have its sequence broken for good.
    private static void awaitLeaders(Admin admin, Map<String, NewTopic> wanted)
            throws ExecutionException, InterruptedException, TimeoutException {
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        wanted.values().forEach(topic -> {
            for (int partition = 0; partition < topic.numPartitions(); partition++) {
                all.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
            }
        });
        admin.listOffsets(all).all().get(BROKER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Topics that an operator made must keep what counting rests on: arrival by the broker's clock, and definitions
    /// that never
    /// expire.
    private static void checkSettings(Admin admin, Map<String, NewTopic> wanted)
            throws ExecutionException, InterruptedException, TimeoutException {
        List<ConfigResource> topics = wanted.keySet().stream()
                .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                .toList();
        Map<ConfigResource, Config> settings =
                admin.describeConfigs(topics).all().get(BROKER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        settings.forEach((topic, config) -> {
            NewTopic expected = Objects.requireNonNull(wanted.get(topic.name()));
            for (String name : CHECKED_SETTINGS) {
                String value = expected.configs().get(name);
                ConfigEntry found = config.get(name);
                if (value != null && found != null && !value.equals(found.value())) {
                    throw new CannotStartException("Topic " + topic.name() + " has " + name + "=" + found.value()
                            + " and must have " + value + ": change it with kafka-configs.sh and start again.");
                }
            }
        });
    }

    private static NewTopic topic(String name, int partitions, short replication, Map<String, String> config) {
        Map<String, String> all = new HashMap<>(config);
        all.put("min.insync.replicas", replication >= REPLICATION_MAX ? "2" : "1");
        all.put("unclean.leader.election.enable", "false");
        return new NewTopic(name, partitions, replication).configs(all);
    }
}
