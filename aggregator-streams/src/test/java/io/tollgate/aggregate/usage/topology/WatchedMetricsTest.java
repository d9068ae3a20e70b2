package io.tollgate.aggregate.usage.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroDeserializer;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.contract.wire.InMemorySchemaRegistry;
import io.tollgate.definition.BreachAction;
import io.tollgate.definition.LimitOperator;
import io.tollgate.definition.LimitPeriod;
import io.tollgate.definition.MeterOperation;
import io.tollgate.definition.MetricDefinition;
import io.tollgate.definition.MetricType;
import io.tollgate.definition.PlanLimitDefinition;
import io.tollgate.event.CounterCut;
import io.tollgate.event.CutKind;
import io.tollgate.event.Fingerprint;
import io.tollgate.event.MetricSnapshots;
import io.tollgate.event.QuotaAlert;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.metering.metric.Metric;
import io.tollgate.metering.quota.Quota;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.ledger.Ledgers;
import io.tollgate.quota.ledger.Quotas;
import io.tollgate.quota.metric.MetricPlaces;
import io.tollgate.quota.metric.MetricValue;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.quota.query.MeterReading;
import io.tollgate.quota.store.CounterKey;
import io.tollgate.quota.store.Counters;
import io.tollgate.quota.store.Stores;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is defined about meters, and what the topology makes of it: values, cuts, crossings of limits, snapshots.
class WatchedMetricsTest {
    private static final OrganizationId ORGANIZATION = new OrganizationId("biz_test");
    private static final SubjectId SUBJECT = SubjectId.tenant(new TenantId("cust_7"));
    private static final SubjectKey KEY = new SubjectKey(ORGANIZATION, SUBJECT);
    private static final Instant EPOCH = Instant.parse("2026-01-15T09:30:00Z");
    private static final String METER = "api_calls";

    private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
    private final Definitions definitions = new Definitions(InstantSource.fixed(EPOCH));
    private final Metrics metrics = new Metrics(definitions);
    private final Ledgers ledgers = new Ledgers(
            new Quotas() {
                @Override
                public Optional<Quota> quota(String subjectKey, String meter) {
                    return Optional.empty();
                }

                @Override
                public boolean awaitApplied(long position, Duration atMost) {
                    return true;
                }
            },
            InstantSource.fixed(EPOCH),
            partitions -> Map.of(),
            (partition, id, epoch, admittedAt, reservation) -> CompletableFuture.completedFuture(Fate.LANDED),
            "localhost:0",
            partition -> Optional.empty());
    private TopologyTestDriver driver;
    private TestInputTopic<String, UsageBatch> input;
    private TestOutputTopic<String, QuotaAlert> alerts;
    private TestOutputTopic<String, MetricSnapshots> snapshots;
    private int events;

    @BeforeEach
    void start(@TempDir Path state) {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, "watched-metrics-test");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        driver = new TopologyTestDriver(
                UsageTopology.build(
                        registry,
                        Duration.ofDays(35),
                        1,
                        new UsageMetrics(new SimpleMeterRegistry()),
                        ledgers,
                        metrics),
                config,
                EPOCH);
        input = driver.createInputTopic(
                Topics.USAGE_EVENTS.name(),
                new StringSerializer(),
                new AvroSerializer<>(registry, Topics.USAGE_EVENTS));
        alerts = output(Topics.QUOTA_ALERTS);
        snapshots = output(Topics.METRIC_SNAPSHOTS);
    }

    private <V extends SpecificRecord> TestOutputTopic<String, V> output(Topic<V> topic) {
        return driver.createOutputTopic(
                topic.name(), new StringDeserializer(), new AvroDeserializer<>(registry, topic));
    }

    @AfterEach
    void stop() {
        driver.close();
        ledgers.close();
    }

    /// The table of a monthly limit of 1,000, with a billing reset in the middle of the month.
    @Test
    void monthlyLimitIsComparedWithUsageSinceTheBillingReset() {
        definitions.applyLimit("l1", limit("l1", "1000", LimitPeriod.MONTHLY, BreachAction.DENY, MetricType.RESET));
        assertValue(at(0), "0", "0", false, "1000");

        update("640", at(1));
        assertValue(at(2), "640", "640", false, "360");
        update("360", at(3));
        assertValue(at(4), "1000", "1000", true, "0");
        update("75", at(5));
        assertValue(at(6), "1075", "1075", true, "0");
        definitions.applyLimit("l1", limit("l1", "2000", LimitPeriod.MONTHLY, BreachAction.DENY, MetricType.RESET));
        assertValue(at(7), "1075", "1075", false, "925");

        cut(CutKind.BILLING_RESET, null, UUID.randomUUID(), at(8));
        assertValue(at(9), "0", "0", false, "2000");
        assertThat(counter(io.tollgate.metering.period.WindowSize.MONTH, Instant.parse("2026-01-01T00:00:00Z")))
                .isEqualByComparingTo("1075");
        update("5", at(10));
        assertValue(at(11), "5", "5", false, "1995");

        assertValue(Instant.parse("2026-02-01T00:00:00Z"), "0", "0", false, "2000");
        update("7", Instant.parse("2026-02-01T00:00:01Z"));
        assertValue(Instant.parse("2026-02-01T00:00:02Z"), "7", "7", false, "1993");
    }

    /// What is billed of the usage beyond a limit is billed anew in the next cycle.
    @Test
    void usageIsToldSinceTheBillingReset() {
        definitions.applyLimit(
                "l1", limit("l1", "10", LimitPeriod.REALTIME, BreachAction.ALLOW_OVERAGE, MetricType.STRIPE_BILLING));
        definitions.applyLimit(
                "l2", limit("l2", "10", LimitPeriod.MONTHLY, BreachAction.ALLOW_OVERAGE, MetricType.STRIPE_BILLING));
        Instant month = Instant.parse("2026-01-01T00:00:00Z");
        update("15", at(1));
        assertThat(since(at(2))).containsExactly("REALTIME 15 " + Instant.EPOCH, "MONTHLY 15 " + month);
        cut(CutKind.BILLING_RESET, null, UUID.randomUUID(), at(3));
        update("12", at(4));
        assertThat(since(at(5))).containsExactly("REALTIME 12 " + at(3), "MONTHLY 12 " + at(3));
        update("1", Instant.parse("2026-02-01T00:00:01Z"));
        assertThat(since(Instant.parse("2026-02-01T00:00:02Z")))
                .containsExactly("REALTIME 13 " + at(3), "MONTHLY 1 2026-02-01T00:00:00Z");
    }

    private List<String> since(Instant now) {
        return value(now).limits().stream()
                .map(tested -> tested.status().limit().period() + " "
                        + tested.status().usage().intValueExact() + " " + tested.since())
                .toList();
    }

    @Test
    void billingResetLeavesMetricsThatNeverReset() {
        definitions.applyLimit(
                "l1", limit("l1", "1000", LimitPeriod.MONTHLY, BreachAction.DENY, MetricType.CHECKPOINT));
        update("10", at(1));
        cut(CutKind.BILLING_RESET, null, UUID.randomUUID(), at(2));
        update("5", at(3));

        assertValue(at(4), "15", "15", false, "985");
    }

    @Test
    void aCutThatIsWrittenTwiceCutsOnce() {
        definitions.applyLimit("l1", limit("l1", "1000", LimitPeriod.DAILY, BreachAction.DENY, MetricType.RESET));
        UUID id = UUID.randomUUID();
        update("10", at(1));
        cut(CutKind.BILLING_RESET, null, id, at(2));
        update("5", at(3));
        cut(CutKind.BILLING_RESET, null, id, at(4));

        assertValue(at(5), "5", "5", false, "995");
    }

    @Test
    void deletedMetricIsGoneUntilAnEventNamesItAgain() {
        update("10", at(1));
        assertThat(value(at(2)).exists()).isTrue();
        cut(CutKind.METER_DELETED, METER, UUID.randomUUID(), at(3));
        assertThat(value(at(4)).exists()).isFalse();
        update("3", at(5));

        assertThat(value(at(6)).current()).isEqualByComparingTo("3");
    }

    @Test
    void aBreachIsToldOnceAndItsEndOnce() {
        definitions.applyLimit("l1", limit("l1", "10", LimitPeriod.MONTHLY, BreachAction.WEBHOOK, MetricType.RESET));
        definitions.applyLimit("l2", limit("l2", "10", LimitPeriod.DAILY, BreachAction.ALLOW, MetricType.RESET));

        update("9", at(1));
        update("1", at(2));
        update("4", at(3));
        update("-9", at(4));
        update("20", at(5));

        assertThat(alerts.readValuesToList())
                .extracting(alert -> alert.getKind() + " " + alert.getQuotaId() + " "
                        + alert.getValue().stripTrailingZeros().toPlainString())
                .containsExactly("LIMIT_BREACHED l1 10", "LIMIT_RECOVERED l1 5");
        update("1", Instant.parse("2026-02-01T00:00:00Z"));
        update("10", Instant.parse("2026-02-01T00:00:01Z"));
        assertThat(alerts.readValuesToList())
                .extracting(QuotaAlert::getWindowStart)
                .containsExactly(Instant.parse("2026-02-01T00:00:00Z"));
    }

    @Test
    void onlyTheNewestWindowsAreRememberedAsTold() {
        definitions.applyLimit("l1", limit("l1", "10", LimitPeriod.DAILY, BreachAction.WEBHOOK, MetricType.RESET));
        int days = LimitMarks.WINDOWS_KEPT + 5;

        for (int day = 0; day < days; day++) {
            update("10", at(0).plus(Duration.ofDays(day)));
            update("1", at(1).plus(Duration.ofDays(day)));
        }

        assertThat(alerts.readValuesToList()).hasSize(days);
        try (KeyValueIterator<Bytes, byte[]> marks =
                driver.<Bytes, byte[]>getKeyValueStore(Stores.LIMIT_MARKS).all()) {
            assertThat(marks).toIterable().hasSize(LimitMarks.WINDOWS_KEPT);
        }
        update("1", at(2).plus(Duration.ofDays(days - 1)));
        assertThat(alerts.isEmpty()).as("told already").isTrue();
    }

    /// Six windows of 5 seconds in one write of 30 seconds; a window without an update has no row.
    @Test
    void snapshotsOfAMetricThatResetsAreWrittenPerBatch() {
        definitions.applyMetric("biz_test/tenant:cust_7/api_calls", metric(MetricType.RESET, 5, 30, "20"));
        update("1", at(0));
        update("2", at(4));
        update("4", at(7));
        update("8", at(29));
        assertThat(value(at(29)).current()).isEqualByComparingTo("28");

        driver.advanceWallClockTime(Duration.ofSeconds(29));
        assertThat(snapshots.isEmpty()).isTrue();
        driver.advanceWallClockTime(Duration.ofSeconds(2));

        assertThat(rows()).containsExactly("09:30:00=23+3", "09:30:05=24+4", "09:30:25=28+8");
        update("16", at(8));
        driver.advanceWallClockTime(Duration.ofSeconds(30));
        assertThat(rows()).as("late").containsExactly("09:30:05=40+20");
    }

    @Test
    void snapshotOfAnyOtherMetricIsItsValueAtTheEndOfTheWindow() {
        definitions.applyMetric("biz_test/tenant:cust_7/api_calls", metric(MetricType.CHECKPOINT, 5, 5, "0"));
        update("1", at(0));
        update("2", at(4));
        update("4", at(5));

        driver.advanceWallClockTime(Duration.ofSeconds(11));

        assertThat(rows()).containsExactly("09:30:00=3", "09:30:05=7");
    }

    private List<String> rows() {
        return snapshots.readValuesToList().stream()
                .flatMap(batch -> batch.getRows().stream())
                .map(row -> row.getWindowStart()
                                .atOffset(ZoneOffset.UTC)
                                .toLocalTime()
                                .toString()
                                .substring(0, 5)
                        + String.format(":%02d", row.getWindowStart().getEpochSecond() % 60)
                        + "=" + plain(row.getValue())
                        + (row.getDelta() == null ? "" : "+" + plain(row.getDelta())))
                .toList();
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    private void assertValue(Instant now, String current, String usage, boolean breached, String remaining) {
        MetricValue value = value(now);
        MetricValue.Tested tested = value.reported().orElseThrow();
        assertThat(value.current()).as("value at %s", now).isEqualByComparingTo(current);
        assertThat(tested.status().usage()).as("usage at %s", now).isEqualByComparingTo(usage);
        assertThat(tested.status().breached()).as("breached at %s", now).isEqualTo(breached);
        assertThat(tested.status().remaining().orElseThrow()).isEqualByComparingTo(remaining);
    }

    private MetricValue value(Instant now) {
        Metric metric = metrics.metric(ORGANIZATION, SUBJECT, METER, now);
        Counters counters = (Counters) driver.getStateStore(Stores.COUNTERS);
        return new MetricPlaces(metric, now, ZoneOffset.UTC)
                .value(place -> counters.counter(
                                new CounterKey(KEY.recordKey(), place.meter(), place.size(), place.start()))
                        .map(counter -> MeterReading.of(place.meter(), counter)));
    }

    private BigDecimal counter(io.tollgate.metering.period.WindowSize size, Instant start) {
        Counters counters = (Counters) driver.getStateStore(Stores.COUNTERS);
        return counters.counter(new CounterKey(KEY.recordKey(), METER, size, start))
                .orElseThrow()
                .state()
                .sum();
    }

    private static Instant at(int second) {
        return EPOCH.plusSeconds(second);
    }

    private void update(String quantity, Instant time) {
        UsageEvent event = new UsageEvent();
        event.setEventId(EventId.derived(ORGANIZATION, SUBJECT, "k" + events++).value());
        event.setFingerprint(new Fingerprint(new byte[32]));
        event.setMeter(METER);
        event.setQuantity(new BigDecimal(quantity).setScale(6));
        event.setEventTime(time);
        UsageBatch batch = batch(time);
        batch.setEvents(List.of(event));
        input.pipeInput(new TestRecord<>(KEY.recordKey(), batch, time));
    }

    private void cut(CutKind kind, @Nullable String meter, UUID id, Instant time) {
        UsageBatch batch = batch(time);
        batch.setEvents(List.of());
        batch.setCut(new CounterCut(id, kind, meter));
        input.pipeInput(new TestRecord<>(KEY.recordKey(), batch, time));
    }

    private static UsageBatch batch(Instant time) {
        UsageBatch batch = new UsageBatch();
        batch.setBatchId("bat_test");
        batch.setOrganizationId(ORGANIZATION.value());
        batch.setSubject(SUBJECT.value());
        batch.setTimeZone("UTC");
        batch.setAcceptedAt(time);
        return batch;
    }

    private static PlanLimitDefinition limit(
            String id, String value, LimitPeriod period, BreachAction action, MetricType type) {
        return PlanLimitDefinition.newBuilder()
                .setLimitId(id)
                .setOrganizationId(ORGANIZATION.value())
                .setMeter(METER)
                .setLimitValue(new BigDecimal(value).setScale(6))
                .setOperator(LimitOperator.GTE)
                .setAction(action)
                .setPeriod(period)
                .setMetricType(type)
                .setOperation(MeterOperation.SUM)
                .setCreatedAt(EPOCH)
                .build();
    }

    private static MetricDefinition metric(MetricType type, int flush, int batch, String initial) {
        return MetricDefinition.newBuilder()
                .setOrganizationId(ORGANIZATION.value())
                .setSubject(SUBJECT.value())
                .setName(METER)
                .setOperation(MeterOperation.SUM)
                .setMetricType(type)
                .setFlushSeconds(flush)
                .setBatchSeconds(batch)
                .setInitialValue(new BigDecimal(initial).setScale(6))
                .setOperator(LimitOperator.GTE)
                .setAction(BreachAction.DISABLED)
                .setPeriod(LimitPeriod.REALTIME)
                .setCreatedAt(EPOCH)
                .build();
    }
}
