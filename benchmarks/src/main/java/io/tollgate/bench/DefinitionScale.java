package io.tollgate.bench;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.definition.ApiKeyDefinition;
import io.tollgate.definition.ApiKeyType;
import io.tollgate.definition.BreachAction;
import io.tollgate.definition.LimitOperator;
import io.tollgate.definition.LimitPeriod;
import io.tollgate.definition.MeterOperation;
import io.tollgate.definition.MetricType;
import io.tollgate.definition.OrganizationDefinition;
import io.tollgate.definition.PlanDefinition;
import io.tollgate.definition.PlanLimitDefinition;
import io.tollgate.definition.TenantDefinition;
import io.tollgate.definition.TenantStatus;
import io.tollgate.metering.metric.Metric;
import io.tollgate.quota.definition.DefinitionFeed;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.server.config.Role;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// 10,000 organizations with a plan of one limit each, 1,000,000 tenants on these plans, and a key for each tenant: how
/// long a gateway reads them when it starts, what they take of its memory, and what finding one costs.
final class DefinitionScale {
    static final String NAME = "definitions";
    private static final int ORGANIZATIONS = 10_000;
    private static final int TENANTS_EACH = 100;
    private static final int LOOK_UPS = 1_000_000;
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final String METER = "api_request";

    private final Rig rig;
    private final Plan plan;

    private DefinitionScale(Rig rig, Plan plan) {
        this.rig = rig;
        this.plan = plan;
    }

    static List<Figure> run(Rig rig, Plan plan) throws IOException {
        return new DefinitionScale(rig, plan).run();
    }

    private List<Figure> run() throws IOException {
        // Makes the topics.
        rig.run(Role.GATEWAY);
        rig.stopInstance();
        plan.progress().accept(NAME + ": 1,000,000 tenants and keys are written");
        write();
        Figure.Rounds starts = new Figure.Rounds();
        Figure.Rounds bytes = new Figure.Rounds();
        Figure.Rounds keys = new Figure.Rounds();
        Figure.Rounds limits = new Figure.Rounds();
        // Before anything is read: what a round leaves behind may live on in threads that end.
        long before = usedBytes();
        for (int round = 0; round < plan.rounds(); round++) {
            Definitions definitions = new Definitions(InstantSource.system());
            long began = System.nanoTime();
            try (DefinitionFeed feed =
                    DefinitionFeed.start(definitions, rig.bootstrapServers(), rig.schemaRegistry())) {
                if (!definitions.awaitConfirmed()) {
                    throw new IOException("interrupted while definitions were read");
                }
                starts.values.add((System.nanoTime() - began) / 1e9);
                bytes.values.add((usedBytes() - before) / 1e6);
                keys.values.add(nanosPerKey(definitions));
                limits.values.add(nanosPerLimit(definitions));
                plan.round(
                        NAME,
                        round,
                        "read in %.1f s, %,.0f MB, key %,.0f ns, limits %,.0f ns",
                        starts.values.getLast(),
                        bytes.values.getLast(),
                        keys.values.getLast(),
                        limits.values.getLast());
            }
        }
        return List.of(
                Figure.of(NAME, "read at start: 10,000 organizations, 1,000,000 tenants and keys", "s", starts.values),
                Figure.of(NAME, "heap that they take", "MB", bytes.values),
                Figure.of(NAME, "finding a key, hashing included", "ns", keys.values),
                Figure.of(NAME, "a tenant's plan and its limits on a meter", "ns", limits.values));
    }

    private void write() throws IOException {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        rig.bootstrapServers(),
                        "linger.ms",
                        20,
                        "batch.size",
                        1 << 17,
                        "acks",
                        "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            AtomicReference<Exception> failed = new AtomicReference<>();
            Writer<OrganizationDefinition> organizations = writer(producer, Topics.ORGANIZATION_DEFINITIONS, failed);
            Writer<PlanDefinition> plans = writer(producer, Topics.PLAN_DEFINITIONS, failed);
            Writer<PlanLimitDefinition> planLimits = writer(producer, Topics.PLAN_LIMIT_DEFINITIONS, failed);
            Writer<TenantDefinition> tenants = writer(producer, Topics.TENANT_DEFINITIONS, failed);
            Writer<ApiKeyDefinition> keys = writer(producer, Topics.KEY_DEFINITIONS, failed);
            for (int o = 0; o < ORGANIZATIONS; o++) {
                String organization = organization(o);
                organizations.write(
                        organization,
                        OrganizationDefinition.newBuilder()
                                .setOrganizationId(organization)
                                .setName("Organization " + o)
                                .setCreatedAt(AT)
                                .build());
                plans.write(
                        organization + "/gold",
                        PlanDefinition.newBuilder()
                                .setOrganizationId(organization)
                                .setPlanId("gold")
                                .setPlanName("Gold")
                                .build());
                planLimits.write("limit-" + o, limit(organization, "limit-" + o));
                for (int t = 0; t < TENANTS_EACH; t++) {
                    tenants.write(
                            organization + "/" + tenant(t),
                            TenantDefinition.newBuilder()
                                    .setOrganizationId(organization)
                                    .setTenantId(tenant(t))
                                    .setStatus(TenantStatus.ACTIVE)
                                    .setPlanRef("gold")
                                    .build());
                    String hash = sha256(key(o, t));
                    keys.write(
                            hash,
                            ApiKeyDefinition.newBuilder()
                                    .setKeyHash(hash)
                                    .setKeyId("key-" + o + "-" + t)
                                    .setKeyType(ApiKeyType.TENANT)
                                    .setOrganizationId(organization)
                                    .setTenantId(tenant(t))
                                    .setKeyName("bench")
                                    .setCreatedAt(AT)
                                    .build());
                }
            }
            producer.flush();
            if (failed.get() != null) {
                throw new IOException("the broker refuses definitions", failed.get());
            }
        }
    }

    private interface Writer<V> {
        void write(String key, V value);
    }

    private <V extends SpecificRecord> Writer<V> writer(
            KafkaProducer<byte[], byte[]> producer, Topic<V> topic, AtomicReference<Exception> failed) {
        AvroSerializer<V> values = new AvroSerializer<>(rig.schemaRegistry(), topic);
        return (key, value) -> producer.send(
                new ProducerRecord<>(
                        topic.name(), key.getBytes(StandardCharsets.UTF_8), values.serialize(topic.name(), value)),
                (metadata, failure) -> {
                    if (failure != null) {
                        failed.set(failure);
                    }
                });
    }

    private static PlanLimitDefinition limit(String organization, String id) {
        return PlanLimitDefinition.newBuilder()
                .setLimitId(id)
                .setOrganizationId(organization)
                .setPlanId("gold")
                .setMeter(METER)
                .setLimitValue(new BigDecimal("1000.000000"))
                .setOperator(LimitOperator.GTE)
                .setAction(BreachAction.DENY)
                .setPeriod(LimitPeriod.MONTHLY)
                .setMetricType(MetricType.RESET)
                .setOperation(MeterOperation.SUM)
                .setCreatedAt(AT)
                .build();
    }

    private static double nanosPerKey(Definitions definitions) throws IOException {
        Random random = new Random(1);
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < LOOK_UPS / 10; i++) {
            sent.add(key(random.nextInt(ORGANIZATIONS), random.nextInt(TENANTS_EACH)));
        }
        long found = 0;
        long began = System.nanoTime();
        for (int i = 0; i < LOOK_UPS; i++) {
            Optional<Definitions.KeyGrant> grant = definitions.key(sha256(sent.get(i % sent.size())));
            found += grant.isPresent() ? 1 : 0;
        }
        double nanos = (double) (System.nanoTime() - began) / LOOK_UPS;
        if (found != LOOK_UPS) {
            throw new IOException(LOOK_UPS - found + " keys were not found");
        }
        return nanos;
    }

    private static double nanosPerLimit(Definitions definitions) throws IOException {
        Metrics metrics = new Metrics(definitions);
        Random random = new Random(2);
        long limited = 0;
        long began = System.nanoTime();
        for (int i = 0; i < LOOK_UPS; i++) {
            Metric metric = metrics.metric(
                    new OrganizationId(organization(random.nextInt(ORGANIZATIONS))),
                    SubjectId.tenant(new TenantId(tenant(random.nextInt(TENANTS_EACH)))),
                    METER,
                    AT);
            limited += metric.limits().limits().size();
        }
        double nanos = (double) (System.nanoTime() - began) / LOOK_UPS;
        if (limited != LOOK_UPS) {
            throw new IOException(LOOK_UPS - limited + " tenants had no limit");
        }
        return nanos;
    }

    @SuppressWarnings("SystemGc") // What lives is measured, not what could be collected.
    private static long usedBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static String organization(int number) {
        return String.format("biz_%08x-0000-4000-8000-000000000000", number);
    }

    private static String tenant(int number) {
        return "cust_" + number;
    }

    private static String key(int organization, int tenant) {
        return "ck_live_" + organization + "_" + tenant;
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
