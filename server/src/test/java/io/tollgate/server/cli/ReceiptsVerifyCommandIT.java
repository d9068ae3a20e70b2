package io.tollgate.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.BatchId;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.contract.wire.HttpSchemaRegistry;
import io.tollgate.event.Fingerprint;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.ingest.event.Appended;
import io.tollgate.ingest.receipt.Receipt;
import io.tollgate.ingest.receipt.ReceiptKey;
import io.tollgate.server.config.PortChoice;
import io.tollgate.server.config.Setting;
import io.tollgate.server.embedded.EmbeddedKafka;
import io.tollgate.server.embedded.EmbeddedSchemaRegistry;
import io.tollgate.server.receipt.KeySet;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `tollgate receipts verify` against a real broker and registry.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ReceiptsVerifyCommandIT {
    private static final OrganizationId DEMO = new OrganizationId("biz_demo");
    private static final ReceiptKey KEY = ReceiptKey.random();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PARTITIONS = 2;

    @TempDir
    static Path folder;

    @TempDir
    Path files;

    private static EmbeddedKafka kafka;
    private static EmbeddedSchemaRegistry registry;
    private static KafkaProducer<String, byte[]> producer;
    private static AvroSerializer<UsageBatch> serializer;

    @BeforeAll
    static void start() throws Exception {
        PortChoice any = new PortChoice(Setting.TOLLGATE_PORT, 0, false);
        kafka = EmbeddedKafka.start(folder.resolve("kafka"), any);
        registry = EmbeddedSchemaRegistry.start(folder.resolve("registry"), any);
        Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (Admin admin = Admin.create(settings)) {
            admin.createTopics(Set.of(new NewTopic(Topics.USAGE_EVENTS.name(), PARTITIONS, (short) 1)))
                    .all()
                    .get();
        }
        producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
        serializer = new AvroSerializer<>(new HttpSchemaRegistry(registry.url().toString()), Topics.USAGE_EVENTS);
    }

    @AfterAll
    static void stop() {
        producer.close();
        registry.close();
        kafka.close();
    }

    @Test
    void receiptsOfWhatTheLogHoldsHold() throws Exception {
        Appended.Landed first = append(0, "bat_1", "a", "b");
        append(0, "bat_other", "z");
        Appended.Landed second = append(0, "bat_1", "c");
        Appended.Landed third = append(1, "bat_1", "d");
        Receipt receipt = receipt("bat_1", List.of(first, second, third), "a", "b", "c", "d", "b");
        // Answers stand one after another, as curl appends them: without so much as a line between them.
        Path answers =
                file(answer(receipt, 4, "a", "b", "c", "d", "b"), answer(receipt("bat_1", List.of(), "a"), 0, "a"));

        Ran ran = verify(answers);
        assertThat(ran.output()).contains("2 receipts: 2 hold, 0 do not.").contains("nothing new");
        assertThat(ran.exitCode()).isZero();
    }

    @Test
    void whatDoesNotHoldIsNamedAndFails() throws Exception {
        Appended.Landed record = append(0, "bat_2", "e");
        Receipt sound = receipt("bat_2", List.of(record), "e");
        Receipt elsewhere = receipt("bat_3", List.of(record), "e");
        Receipt beyond = receipt("bat_2", List.of(new Appended.Landed(1, 1_000_000, Instant.EPOCH)), "e");
        Path answers = file(
                answer(sound, 1, "e"),
                answer(sound, 1, "f"),
                answer(elsewhere, 1, "e"),
                answer(beyond, 1, "e"),
                "{\"event_id\":\"none\"}");

        Ran ran = verify(answers);
        assertThat(ran.exitCode()).isEqualTo(1);
        assertThat(ran.output())
                .contains("FAILED: the event ids are not those that were signed")
                .contains("FAILED: partition 0 offset " + record.offset() + " does not hold a record of this batch")
                .contains("FAILED: partition 1 offset 1000000 is not in the log, which keeps 30 days")
                .contains("FAILED: there is no receipt in it")
                .contains("5 receipts: 1 hold, 4 do not.");
    }

    @Test
    void whatTheLogHasDroppedIsMissing() throws Exception {
        Appended.Landed record = append(1, "bat_4", "g");
        append(1, "bat_5", "h");
        Path answers = file(answer(receipt("bat_4", List.of(record), "g"), 1, "g"));
        assertThat(verify(answers).exitCode()).isZero();

        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.deleteRecords(Map.of(
                            new TopicPartition(Topics.USAGE_EVENTS.name(), 1),
                            RecordsToDelete.beforeOffset(record.offset() + 1)))
                    .all()
                    .get();
        }
        Ran ran = verify(answers);
        assertThat(ran.exitCode()).isEqualTo(1);
        assertThat(ran.output()).contains("offset " + record.offset() + " is not in the log");
        assertThat(run("--offline", "--keys", keys(), answers.toString()).exitCode())
                .isZero();
    }

    @Test
    void whatCannotBeCheckedIsSaidInOneSentence() throws Exception {
        Path answers = file("not json");
        assertThat(verify(answers).output()).contains("is not JSON");
        assertThat(verify(file()).output()).contains("holds no answers");
        assertThat(verify(files.resolve("absent")).output()).contains("cannot be read");
        assertThat(run("--offline", "--keys", files.resolve("absent").toString(), answers.toString())
                        .output())
                .contains("cannot be read");
    }

    private record Ran(int exitCode, String output) {}

    private Ran verify(Path answers) throws Exception {
        return run(
                "--keys",
                keys(),
                "--kafka",
                kafka.bootstrapServers(),
                "--registry",
                registry.url().toString(),
                answers.toString());
    }

    private static Ran run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("receipts", "verify"));
        all.addAll(Arrays.asList(arguments));
        StringWriter text = new StringWriter();
        int exitCode = TollgateCommand.line()
                .setOut(new PrintWriter(text))
                .setErr(new PrintWriter(text))
                .execute(all.toArray(String[]::new));
        return new Ran(exitCode, text.toString());
    }

    private String keys() throws Exception {
        Path file = files.resolve("keys.json");
        Files.writeString(file, KeySet.write(List.of(KEY.publicKey())));
        return file.toString();
    }

    private Path file(String... answers) throws Exception {
        return Files.writeString(files.resolve("answers.json"), String.join("", answers));
    }

    private static Appended.Landed append(int partition, String batchId, String... keys) throws Exception {
        UsageBatch batch = UsageBatch.newBuilder()
                .setBatchId(batchId)
                .setOrganizationId(DEMO.value())
                .setSubject("tenant:t")
                .setAcceptedAt(Instant.EPOCH)
                .setEvents(Arrays.stream(keys)
                        .map(key -> UsageEvent.newBuilder()
                                .setEventId(id(key).value())
                                .setIdempotencyKey(key)
                                .setFingerprint(new Fingerprint(new byte[32]))
                                .setMeter("m")
                                .setQuantity(new BigDecimal("1.000000"))
                                .setEventTime(Instant.EPOCH)
                                .build())
                        .toList())
                .build();
        byte[] value = serializer.serialize(Topics.USAGE_EVENTS.name(), batch);
        RecordMetadata landed = producer.send(
                        new ProducerRecord<>(Topics.USAGE_EVENTS.name(), partition, "biz_demo/tenant:t", value))
                .get();
        return new Appended.Landed(landed.partition(), landed.offset(), Instant.EPOCH);
    }

    private static Receipt receipt(String batchId, List<Appended.Landed> records, String... keys) {
        return Receipt.issued(KEY, new BatchId(batchId), DEMO, ids(keys), records, Instant.EPOCH);
    }

    private static String answer(Receipt receipt, int newEvents, String... keys) {
        ObjectNode answer = JSON.createObjectNode().put("new_events", newEvents);
        ids(keys).forEach(id -> answer.withArray("event_ids").add(id.value()));
        ObjectNode written = answer.putObject("receipt")
                .put("batch_id", receipt.batchId().value())
                .put("organization_id", receipt.organizationId().value())
                .put("issued_at", receipt.issuedAt().toString())
                .put("events", receipt.events())
                .put("sha256", receipt.sha256())
                .put("key_id", receipt.keyId())
                .put("signature", receipt.signature());
        written.putArray("ranges");
        for (Receipt.Range range : receipt.ranges()) {
            written.withArray("ranges")
                    .addObject()
                    .put("topic", range.topic())
                    .put("partition", range.partition())
                    .put("first_offset", range.firstOffset())
                    .put("last_offset", range.lastOffset());
        }
        return answer.toString();
    }

    private static List<EventId> ids(String... keys) {
        return Arrays.stream(keys).map(ReceiptsVerifyCommandIT::id).toList();
    }

    private static EventId id(String key) {
        return EventId.derived(DEMO, SubjectId.tenant(new TenantId("t")), key);
    }
}
