package io.tollgate.server.runtime;

import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.server.config.CannotStartException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.errors.TopicExistsException;

/// Makes the topics of the catalogue that are missing and checks that those there have the partitions they must have: a
/// subject's partition follows from their number, so it is fixed for the life of an installation.
final class TopicSetup {
    private static final Duration BROKER_TIMEOUT = Duration.ofSeconds(30);
    private static final short REPLICATION_MAX = 3;
    private static final long DEAD_LETTER_RETENTION_MS = -1;

    private TopicSetup() {}

    static void ensure(Admin admin, int partitions) {
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

    private static NewTopic topic(String name, int partitions, short replication, Map<String, String> config) {
        Map<String, String> all = new HashMap<>(config);
        all.put("min.insync.replicas", replication >= REPLICATION_MAX ? "2" : "1");
        all.put("unclean.leader.election.enable", "false");
        return new NewTopic(name, partitions, replication).configs(all);
    }
}
