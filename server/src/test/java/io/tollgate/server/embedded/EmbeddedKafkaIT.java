package io.tollgate.server.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.server.config.CannotStartException;
import io.tollgate.server.config.PortChoice;
import io.tollgate.server.config.Setting;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class EmbeddedKafkaIT {
    private static final String TOPIC = "readings";

    @TempDir
    Path folder;

    private final Path kafkaFolder() {
        return folder.resolve("kafka");
    }

    @Test
    void acknowledgedRecordsAndTransactionsSurviveACleanRestartOnAnotherPort() throws Exception {
        String before;
        try (var kafka = EmbeddedKafka.start(kafkaFolder(), EmbeddedServices.anyPort())) {
            before = kafka.bootstrapServers();
            makeTopic(before);
            send(before, "a");
            sendInTransaction(before, "b");
        }
        try (var taker = new ServerSocket(portOf(before), 1, InetAddress.getLoopbackAddress());
                var kafka = EmbeddedKafka.start(
                        kafkaFolder(), new PortChoice(Setting.TOLLGATE_KAFKA_PORT, taker.getLocalPort(), false))) {
            assertThat(kafka.bootstrapServers()).isNotEqualTo(before);
            send(kafka.bootstrapServers(), "c");
            assertThat(read(kafka.bootstrapServers(), 3)).containsExactly("a", "b", "c");
        }
    }

    @Test
    void acknowledgedRecordsSurviveKillMinusNine() throws Exception {
        try (var child = ChildServer.start(folder, "kafka")) {
            var servers = child.part("kafka")[0];
            makeTopic(servers);
            send(servers, "a");
            sendInTransaction(servers, "b");
            child.kill();
        }
        try (var kafka = EmbeddedKafka.start(kafkaFolder(), EmbeddedServices.anyPort())) {
            send(kafka.bootstrapServers(), "c");
            assertThat(read(kafka.bootstrapServers(), 3)).containsExactly("a", "b", "c");
        }
    }

    @Test
    void topicsAreNotMadeByUsingThem() throws Exception {
        try (var kafka = EmbeddedKafka.start(kafkaFolder(), EmbeddedServices.anyPort());
                var admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            assertThatThrownBy(() -> admin.describeTopics(List.of("nobody-made-me"))
                            .allTopicNames()
                            .get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
            assertThat(admin.listTopics().names().get()).doesNotContain("nobody-made-me");
        }
    }

    @Test
    void portThatWasAskedForAndIsTakenStopsTheStart() throws Exception {
        try (var taker = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var choice = new PortChoice(Setting.TOLLGATE_KAFKA_PORT, taker.getLocalPort(), true);

            assertThatThrownBy(() -> EmbeddedKafka.start(kafkaFolder(), choice))
                    .isInstanceOf(CannotStartException.class)
                    .hasMessageContaining("Port " + taker.getLocalPort())
                    .hasMessageContaining("TOLLGATE_KAFKA_PORT");
        }
    }

    private static void makeTopic(String servers) throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
        }
    }

    private static void send(String servers, String value) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", servers, "acks", "all"),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(TOPIC, value)).get();
        }
    }

    private static void sendInTransaction(String servers, String value) {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", servers, "transactional.id", "t"),
                new StringSerializer(),
                new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(TOPIC, value));
            producer.commitTransaction();
        }
    }

    private static List<String> read(String servers, int count) {
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", servers, "isolation.level", "read_committed"),
                new StringDeserializer(),
                new StringDeserializer())) {
            var partition = new TopicPartition(TOPIC, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            List<String> values = new ArrayList<>();
            while (values.size() < count) {
                consumer.poll(Duration.ofSeconds(1)).forEach(record -> values.add(record.value()));
            }
            return values;
        }
    }

    private static int portOf(String servers) {
        return Integer.parseInt(servers.substring(servers.indexOf(':') + 1));
    }
}
