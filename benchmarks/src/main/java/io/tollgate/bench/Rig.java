package io.tollgate.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.HttpSchemaRegistry;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.quota.admission.Admissions;
import io.tollgate.quota.ledger.LogEnds;
import io.tollgate.quota.ledger.kafka.KafkaLogEnds;
import io.tollgate.quota.store.Stores;
import io.tollgate.server.config.PortChoice;
import io.tollgate.server.config.Role;
import io.tollgate.server.config.Setting;
import io.tollgate.server.config.Settings;
import io.tollgate.server.embedded.DataFolder;
import io.tollgate.server.embedded.EmbeddedKafka;
import io.tollgate.server.embedded.EmbeddedPostgres;
import io.tollgate.server.embedded.EmbeddedSchemaRegistry;
import io.tollgate.server.replay.TollgateClient;
import io.tollgate.server.runtime.Instance;
import io.tollgate.server.runtime.PipelineLag;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// What is measured: the product's own Kafka, schema registry and PostgreSQL on temporary folders, and on them one
/// instance of the product with the roles that a measurement needs. Closing stops and deletes everything.
final class Rig implements AutoCloseable {
    /// What an installation with everything embedded has.
    static final int PARTITIONS = 8;

    /// What carries a deadline is broken beyond it.
    private static final Duration READY_WITHIN = Duration.ofMinutes(2);

    private static final Duration DRAINED_WITHIN = Duration.ofMinutes(5);
    private static final Duration POLL = Duration.ofMillis(10);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ADMIN_KEY = "benchmark-admin-key";

    private final Path infrastructureFolder;
    private final Path instanceFolder;
    private final DataFolder folder;
    private final EmbeddedPostgres postgres;
    private final EmbeddedKafka kafka;
    private final EmbeddedSchemaRegistry registry;
    private final Admin admin;
    private final PipelineLag lag;
    private final Consumer<String> progress;
    private Set<Role> roles = Set.of();
    private @Nullable Instance instance;
    private String organizationId = "";
    private String key = "";
    private boolean closed;

    Rig(Consumer<String> progress) throws IOException {
        this.progress = progress;
        progress.accept("Kafka, the schema registry and PostgreSQL start");
        this.infrastructureFolder = Files.createTempDirectory("tollgate-bench-");
        this.instanceFolder = Files.createTempDirectory("tollgate-bench-");
        this.folder = DataFolder.open(infrastructureFolder);
        this.postgres = EmbeddedPostgres.start(folder, new PortChoice(Setting.TOLLGATE_POSTGRES_PORT, 0, false));
        this.kafka = EmbeddedKafka.start(folder.kafka(), new PortChoice(Setting.TOLLGATE_KAFKA_PORT, 0, false));
        this.registry = EmbeddedSchemaRegistry.start(
                folder.schemaRegistry(), new PortChoice(Setting.TOLLGATE_REGISTRY_PORT, 0, false));
        this.admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
        this.lag = new PipelineLag(admin, PARTITIONS);
    }

    /// Has an instance run exactly these roles; control is always among them.
    void run(Role... wanted) throws IOException {
        run(UnaryOperator.identity(), wanted);
    }

    /// As above, with something between the gateway and the owners.
    void run(UnaryOperator<Admissions> aroundOwners, Role... wanted) throws IOException {
        EnumSet<Role> all = EnumSet.of(Role.CONTROL, wanted);
        if (all.equals(roles)) {
            return;
        }
        stopInstance();
        String words = all.stream().map(Role::word).collect(Collectors.joining(","));
        progress.accept("an instance starts: " + words);
        Map<String, String> environment = new HashMap<>();
        environment.put("TOLLGATE_DATA", instanceFolder.toString());
        environment.put("TOLLGATE_PORT", "0");
        environment.put("TOLLGATE_ROLES", words);
        environment.put("TOLLGATE_PARTITIONS", Integer.toString(PARTITIONS));
        environment.put("TOLLGATE_STANDBYS", "0");
        environment.put("ADMIN_SECRET_KEY", ADMIN_KEY);
        environment.put("PROXY_ALLOWED_TARGETS", "127.0.0.1");
        environment.put("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        environment.put("SCHEMA_REGISTRY_URL", registry.url().toString());
        environment.put("DATABASE_URL", databaseUrl());
        Instance started = Instance.startMeasured(Settings.from(environment, "", Map.of()), step -> {}, aroundOwners);
        instance = started;
        roles = all;
        if (!started.awaitReady(READY_WITHIN)) {
            throw new IOException("the instance is not ready: " + started.notReady());
        }
        if (key.isEmpty()) {
            makeAccount(started.endpoints().url());
        }
    }

    void stopInstance() {
        if (instance != null) {
            instance.close();
        }
        instance = null;
        roles = Set.of();
    }

    private String databaseUrl() {
        String plain = postgres.jdbcUrl().substring("jdbc:".length());
        return plain + (plain.contains("?") ? "&" : "?") + "user=" + encoded(postgres.user()) + "&password="
                + encoded(postgres.password());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private void makeAccount(String url) throws IOException {
        ObjectMapper json = new ObjectMapper();
        TollgateClient client = TollgateClient.asAdmin(url, ADMIN_KEY, PATIENCE, why -> {});
        organizationId = created(client.post(
                        "api/v1/businesses",
                        json.createObjectNode().put("business_name", "Bench").put("email", "bench@example.com")))
                .path("business_id")
                .asText();
        key = created(client.post(
                        "api/v1/businesses/" + organizationId + "/keys",
                        json.createObjectNode().put("key_type", "business").put("key_name", "bench")))
                .path("api_key")
                .asText();
    }

    /// Gives a tenant a hard quota.
    void makeQuota(String tenantId, String meter, BigDecimal limit) throws IOException {
        TollgateClient client = TollgateClient.withKey(url().toString(), key, PATIENCE, why -> {});
        created(client.post(
                "api/v1/quotas",
                new ObjectMapper()
                        .createObjectNode()
                        .put("tenant_id", tenantId)
                        .put("event_type", meter)
                        .put("limit_value", limit)));
    }

    /// Makes a tenant.
    void makeTenant(String tenantId) throws IOException {
        TollgateClient client = TollgateClient.withKey(url().toString(), key, PATIENCE, why -> {});
        created(client.post(
                "api/v1/customers", new ObjectMapper().createObjectNode().put("customer_id", tenantId)));
    }

    /// Counts one event, so that the tenant has a counter to find.
    void count(String tenantId, String meter) throws IOException {
        TollgateClient client = TollgateClient.withKey(url().toString(), key, PATIENCE, why -> {});
        TollgateClient.Answer answer = client.post(
                "api/v1/events",
                new ObjectMapper()
                        .createObjectNode()
                        .put("tenant_id", tenantId)
                        .put("event_type", meter)
                        .put("idempotency_key", tenantId + "-" + meter));
        if (answer.status() >= 300) {
            throw new IOException("the server refuses: " + answer.complaint());
        }
        awaitCounted();
    }

    /// Limits a meter of every tenant by month.
    void makePlanLimit(String meter, String limit) throws IOException {
        TollgateClient client = TollgateClient.withKey(url().toString(), key, PATIENCE, why -> {});
        created(client.post(
                "api/v1/plan_limits",
                new ObjectMapper()
                        .createObjectNode()
                        .put("metric_name", meter)
                        .put("limit_value", new BigDecimal(limit))));
    }

    private static JsonNode created(TollgateClient.Answer answer) throws IOException {
        if (answer.status() != 201) {
            throw new IOException("the server refuses: " + answer.complaint());
        }
        return answer.body();
    }

    URI url() {
        if (instance == null) {
            throw new IllegalStateException("no instance runs");
        }
        return URI.create(instance.endpoints().url());
    }

    String key() {
        return key;
    }

    String organizationId() {
        return organizationId;
    }

    String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    SchemaRegistry schemaRegistry() {
        return new HttpSchemaRegistry(registry.url().toString());
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
    }

    String jdbcUrl() {
        return postgres.jdbcUrl();
    }

    String databaseUser() {
        return postgres.user();
    }

    String databasePassword() {
        return postgres.password();
    }

    /// Where the counters' state of the instance lies, for running its aggregator alone while no instance runs.
    DataFolder instanceFolder() {
        return DataFolder.open(instanceFolder);
    }

    /// A topic of its own, with the settings of `usage-events`.
    String scratchTopic(String name) throws IOException {
        try {
            admin.createTopics(List.of(new NewTopic(name, PARTITIONS, (short) 1).configs(Topics.USAGE_EVENTS.config())))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw new IOException("topic " + name + " cannot be made", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        // A broker that does not lead a partition yet refuses a producer's first batch but may take its second, and the
        // first can then never follow.
        await("made", () -> led(name));
        return name;
    }

    private boolean led(String topic) {
        try {
            return ends(topic).size() == PARTITIONS;
        } catch (IOException e) {
            return false;
        }
    }

    /// Where the partitions of `usage-events` end.
    LogEnds logEnds() {
        return new KafkaLogEnds(admin);
    }

    void deleteTopic(String name) throws IOException {
        try {
            admin.deleteTopics(List.of(name)).all().get();
        } catch (ExecutionException e) {
            throw new IOException("topic " + name + " cannot be deleted", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /// Records of `usage-events` that are not counted and committed.
    long uncounted() throws IOException {
        return lag.uncounted().orElseThrow(() -> new IOException("the broker does not tell the lag"));
    }

    /// Positions of `accepted-events` and `usage-windows` up to their ends that are not stored; transaction markers are
    /// among them, so it is a little more than records.
    long unstored(String topic) throws IOException {
        long next = 0;
        try (Connection connection = connect();
                PreparedStatement select = connection.prepareStatement(
                        "SELECT coalesce(sum(next_offset), 0) FROM sink_offsets WHERE topic = ?")) {
            select.setString(1, topic);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                next = row.getLong(1);
            }
        } catch (SQLException e) {
            throw new IOException("the store does not tell its positions", e);
        }
        return ends(topic).values().stream().mapToLong(Long::longValue).sum() - next;
    }

    void awaitCounted() throws IOException {
        await("counted", () -> uncounted() == 0);
    }

    void awaitStored() throws IOException {
        await(
                "stored",
                () -> unstored(Topics.ACCEPTED_EVENTS.name()) == 0 && unstored(Topics.USAGE_WINDOWS.name()) == 0);
    }

    /// A condition that asks a service.
    interface Condition {
        boolean holds() throws IOException;
    }

    void await(String what, Condition condition) throws IOException {
        long deadline = System.nanoTime() + DRAINED_WITHIN.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("not everything was " + what + " within " + DRAINED_WITHIN.toMinutes() + " min");
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    Map<TopicPartition, Long> ends(String topic) throws IOException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            asked.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        try {
            return admin
                    .listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                    .all()
                    .get()
                    .entrySet()
                    .stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, entry -> entry.getValue().offset()));
        } catch (ExecutionException e) {
            throw new IOException("the broker does not tell the ends of " + topic, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /// Sum of a group's committed positions in a topic.
    long committed(String group, String topic) throws IOException {
        try {
            return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().entrySet().stream()
                    .filter(entry -> entry.getKey().topic().equals(topic) && entry.getValue() != null)
                    .mapToLong(entry -> entry.getValue().offset())
                    .sum();
        } catch (ExecutionException e) {
            throw new IOException("the broker does not tell the positions of " + group, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /// Lets the next aggregator begin at the end of the log; only while none runs.
    void skipUncounted() throws IOException {
        Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
        ends(Topics.USAGE_EVENTS.name()).forEach((partition, end) -> ends.put(partition, new OffsetAndMetadata(end)));
        try {
            admin.alterConsumerGroupOffsets(Stores.AGGREGATOR_APPLICATION_ID, ends)
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw new IOException("the aggregator's positions cannot be set", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /// Lets the next sink begin at the end of its topics; only while none runs.
    void skipUnstored() throws IOException {
        try (Connection connection = connect();
                PreparedStatement write = connection.prepareStatement(
                        "INSERT INTO sink_offsets (topic, partition, next_offset) VALUES (?, ?, ?)"
                                + " ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset")) {
            for (String topic : List.of(
                    Topics.ACCEPTED_EVENTS.name(), Topics.USAGE_WINDOWS.name(), Topics.REJECTED_EVENTS.name())) {
                for (Map.Entry<TopicPartition, Long> end : ends(topic).entrySet()) {
                    write.setString(1, topic);
                    write.setInt(2, end.getKey().partition());
                    write.setLong(3, end.getValue());
                    write.addBatch();
                }
            }
            write.executeBatch();
        } catch (SQLException e) {
            throw new IOException("the sink's positions cannot be set", e);
        }
    }

    private static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IOException("interrupted", e);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        stopInstance();
        admin.close(Duration.ZERO);
        postgres.close();
        registry.close();
        kafka.close();
        folder.close();
        delete(instanceFolder);
        delete(infrastructureFolder);
    }

    static void delete(Path folder) {
        try (Stream<Path> inside = Files.walk(folder)) {
            for (Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            System.err.println("bench: " + folder + " could not be deleted: " + e);
        }
    }
}
