package io.tollgate.aggregate.usage.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tollgate.contract.EventId;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.wire.AvroDeserializer;
import io.tollgate.contract.wire.AvroSerializer;
import io.tollgate.contract.wire.InMemorySchemaRegistry;
import io.tollgate.event.AcceptedEvent;
import io.tollgate.event.Admission;
import io.tollgate.event.Fingerprint;
import io.tollgate.event.QuotaAlert;
import io.tollgate.event.RejectedEvent;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.event.UsageWindow;
import io.tollgate.event.WindowKind;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.ledger.Ledgers;
import io.tollgate.quota.ledger.Quotas;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.quota.store.CounterKey;
import io.tollgate.quota.store.CounterReader;
import io.tollgate.quota.store.Stores;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageTopologyTest {
    private static final Duration HORIZON = Duration.ofDays(35);
    private static final OrganizationId ORGANIZATION = new OrganizationId("biz_test");
    private static final SubjectId SUBJECT = SubjectId.tenant(new TenantId("cust_7"));
    private static final SubjectKey KEY = new SubjectKey(ORGANIZATION, SUBJECT);
    private static final Instant EPOCH = Instant.parse("2026-03-04T10:00:00Z");

    private final InMemorySchemaRegistry registry = new InMemorySchemaRegistry();
    private final Map<String, Quota> quotas = new ConcurrentHashMap<>();
    private final Ledgers ledgers = new Ledgers(
            new Quotas() {
                @Override
                public Optional<Quota> quota(String subjectKey, String meter) {
                    return Optional.ofNullable(quotas.get(meter));
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
    private final Definitions definitions = new Definitions(InstantSource.fixed(EPOCH));
    private final Metrics metrics = new Metrics(definitions);
    private TopologyTestDriver driver;
    private boolean closed;
    private TestInputTopic<String, UsageBatch> input;
    private TestInputTopic<byte[], byte[]> rawInput;
    private TestOutputTopic<String, AcceptedEvent> accepted;
    private TestOutputTopic<String, RejectedEvent> rejected;
    private TestOutputTopic<String, UsageWindow> windows;

    @BeforeEach
    void start(@TempDir Path state) {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, "usage-topology-test");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        config.put(StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, DeadLetters.class);
        driver = new TopologyTestDriver(
                UsageTopology.build(
                        registry, HORIZON, 1, new UsageMetrics(new SimpleMeterRegistry()), ledgers, metrics),
                config,
                EPOCH);
        input = driver.createInputTopic(
                Topics.USAGE_EVENTS.name(),
                new StringSerializer(),
                new AvroSerializer<>(registry, Topics.USAGE_EVENTS));
        rawInput = driver.createInputTopic(
                Topics.USAGE_EVENTS.name(), new ByteArraySerializer(), new ByteArraySerializer());
        accepted = driver.createOutputTopic(
                Topics.ACCEPTED_EVENTS.name(),
                new StringDeserializer(),
                new AvroDeserializer<>(registry, Topics.ACCEPTED_EVENTS));
        rejected = driver.createOutputTopic(
                Topics.REJECTED_EVENTS.name(),
                new StringDeserializer(),
                new AvroDeserializer<>(registry, Topics.REJECTED_EVENTS));
        windows = driver.createOutputTopic(
                Topics.USAGE_WINDOWS.name(),
                new StringDeserializer(),
                new AvroDeserializer<>(registry, Topics.USAGE_WINDOWS));
    }

    @AfterEach
    void stop() {
        if (!closed) {
            closed = true;
            driver.close();
            ledgers.close();
        }
    }

    /// Events as `seconds key:quantity`, seconds after 10:00:00 being their event time; one record each unless joined
    /// by `+`.
    /// Windows as `kind@start-in-seconds=sum/count`, zero counts left out.
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        case                               | events                     | accepted | hour windows
        one event                          | 0 a:1                      | a        | 0=1/1
        duplicate in a later record        | 0 a:1, 30 b:2, 0 a:1       | a b      | 0=3/2
        duplicate within a record          | 0 a:1 + 0 a:1              | a        | 0=1/1
        late event counts in its window    | 7200 a:1, 0 b:2            | a b      | 0=2/1 7200=1/1
        historical event counts            | 0 a:1, -864000 b:2         | a b      | -864000=2/1 0=1/1
        future event closes nothing        | 864000 a:1, 1 b:2, 2 c:4   | a b c    | 0=6/2 864000=1/1
        events without key never duplicate | 0 -:1, 0 -:1               | - -      | 0=2/2
        edges are half-open                | 3599 a:1, 3600 b:2         | a b      | 0=1/1 3600=2/1
        """)
    void eachEventIsCountedOnceInItsOwnWindow(String name, String events, String expectedKeys, String hours) {
        pipe(events);
        assertThat(accepted.readValuesToList().stream()
                        .map(event -> event.getIdempotencyKey() == null ? "-" : event.getIdempotencyKey())
                        .collect(Collectors.joining(" ")))
                .isEqualTo(expectedKeys);
        Map<Long, String> found = new TreeMap<>();
        for (UsageWindow window : windows.readValuesToList()) {
            if (window.getWindowKind() == WindowKind.HOUR) {
                found.put(
                        window.getWindowStart().getEpochSecond() - EPOCH.getEpochSecond(),
                        window.getQuantitySum().stripTrailingZeros().toPlainString() + "/" + window.getEventCount());
            }
        }
        assertThat(found.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining(" ")))
                .isEqualTo(hours);
    }

    @Test
    void sumCountMinMaxOfHourDayAndMonthArePublishedAndMinutesAreNot() {
        pipe("0 a:4, 10 b:9 + 20 c:0.25");
        Map<WindowKind, UsageWindow> last = new TreeMap<>();
        windows.readValuesToList().forEach(window -> last.put(window.getWindowKind(), window));
        assertThat(last).containsOnlyKeys(WindowKind.HOUR, WindowKind.DAY, WindowKind.MONTH);
        assertThat(last.values()).allSatisfy(window -> {
            assertThat(window.getEventCount()).isEqualTo(3);
            assertThat(window.getQuantitySum()).isEqualByComparingTo("13.25");
            assertThat(window.getQuantityMin()).isEqualByComparingTo("0.25");
            assertThat(window.getQuantityMax()).isEqualByComparingTo("9");
            assertThat(window.getSourceOffset()).isEqualTo(1);
        });
        assertThat(last.get(WindowKind.DAY).getWindowStart()).isEqualTo(Instant.parse("2026-03-04T00:00:00Z"));
        assertThat(last.get(WindowKind.MONTH).getWindowEnd()).isEqualTo(Instant.parse("2026-04-01T00:00:00Z"));
    }

    @Test
    void aRecordChangesEachCounterOnceHoweverManyEventsItHas() {
        List<UsageEvent> events = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            events.add(event("k" + i, "1", EPOCH));
        }
        pipe(events, EPOCH);
        assertThat(windows.readValuesToList()).hasSize(3);
    }

    @Test
    void sameKeyWithOtherPayloadIsRejectedWithTheReason() {
        pipe("0 a:1, 0 a:2");
        assertThat(rejected.readValuesToList()).singleElement().satisfies(event -> {
            assertThat(event.getReason()).hasToString("IDEMPOTENCY_KEY_REUSED");
            assertThat(event.getSourceOffset()).isEqualTo(1);
            assertThat(event.getSourceIndex()).isZero();
        });
        assertThat(accepted.readValuesToList()).hasSize(1);
    }

    @Test
    void loggedEqualsCountedPlusDuplicatePlusRejectedPerDay() {
        pipe("0 a:1, 0 a:1, 0 a:2, 5 b:1, 0 a:1");
        UsageWindow day = windows.readValuesToList().stream()
                .filter(window -> window.getWindowKind() == WindowKind.DAY)
                .toList()
                .getLast();
        assertThat(List.of(day.getEventCount(), day.getDuplicateCount(), day.getRejectedCount()))
                .containsExactly(2L, 2L, 1L);
    }

    /// Arrival decides, not event time and not any clock: the same key is a duplicate up to and including one horizon
    /// after
    /// its first arrival, then a new event; a repeat does not extend the first sighting.
    @Test
    void aKeyIsRecognisedForExactlyOneHorizonAfterItsFirstArrival() {
        UsageEvent event = event("a", "1", EPOCH);
        pipe(List.of(event), EPOCH);
        pipe(List.of(event), EPOCH.plus(HORIZON.dividedBy(2)));
        pipe(List.of(event), EPOCH.plus(HORIZON));
        assertThat(accepted.readValuesToList()).hasSize(1);
        pipe(List.of(event), EPOCH.plus(HORIZON).plusMillis(1));
        assertThat(accepted.readValuesToList()).hasSize(1);
        pipe(List.of(event), EPOCH.plus(HORIZON).plusMillis(2));
        assertThat(accepted.isEmpty()).isTrue();
    }

    @Test
    void theOrganizationsZoneDecidesTheDay() {
        UsageBatch batch = batch(List.of(event("a", "1", Instant.parse("2026-03-31T22:30:00Z"))));
        batch.setTimeZone("Europe/Berlin");
        input.pipeInput(new TestRecord<>(KEY.recordKey(), batch, EPOCH));
        UsageWindow day = windows.readValuesToList().stream()
                .filter(window -> window.getWindowKind() == WindowKind.DAY)
                .findFirst()
                .orElseThrow();
        assertThat(day.getWindowStart()).isEqualTo(Instant.parse("2026-03-31T22:00:00Z"));
    }

    @Test
    void aRecordUnderAForeignKeyIsRejectedWhole() {
        input.pipeInput(new TestRecord<>("biz_other/organization", batch(List.of(event("a", "1", EPOCH))), EPOCH));
        assertThat(rejected.readValuesToList())
                .singleElement()
                .satisfies(event -> assertThat(event.getReason()).hasToString("MALFORMED"));
        assertThat(accepted.isEmpty()).isTrue();
    }

    @Test
    void anEventOutOfBoundsIsRejectedAloneAndItsNeighboursAreCounted() {
        UsageEvent huge = event("b", "1", EPOCH);
        huge.setQuantity(new BigDecimal("1e30").setScale(6));
        pipeRaw(List.of(event("a", "1", EPOCH), huge, event("c", "1", EPOCH)));
        assertThat(accepted.readValuesToList())
                .extracting(AcceptedEvent::getSourceIndex)
                .containsExactly(0, 2);
        assertThat(rejected.readValuesToList()).singleElement().satisfies(event -> {
            assertThat(event.getReason()).hasToString("MALFORMED");
            assertThat(event.getSourceIndex()).isEqualTo(1);
        });
    }

    @Test
    void bytesThatDoNotDecodeGoToTheDeadLettersWithCauseAndCoordinates() {
        rawInput.pipeInput(new TestRecord<>(KEY.recordKeyBytes(), new byte[] {1, 2, 3}, EPOCH));
        pipe("0 a:1");
        assertThat(accepted.readValuesToList()).hasSize(1);
        TestRecord<byte[], byte[]> dead = driver.createOutputTopic(
                        Topics.DEAD_LETTERS, new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readRecord();
        assertThat(dead.value()).containsExactly(1, 2, 3);
        assertThat(Arrays.stream(dead.headers().toArray())
                        .collect(Collectors.toMap(h -> h.key(), h -> new String(h.value()))))
                .containsEntry("tollgate-topic", Topics.USAGE_EVENTS.name())
                .containsEntry("tollgate-partition", "0")
                .containsEntry("tollgate-offset", "0")
                .containsKey("tollgate-cause");
    }

    /// Two counters whose parts hold slashes must not share a key: compaction would drop one of them.
    @Test
    void slashesInNamesDoNotMakeTwoCountersOne() {
        assertThat(CountWindows.recordKey(
                        new CounterKey("biz/tenant:a", "b/c", WindowSize.HOUR, EPOCH), WindowKind.HOUR))
                .isNotEqualTo(CountWindows.recordKey(
                        new CounterKey("biz/tenant:a/b", "c", WindowSize.HOUR, EPOCH), WindowKind.HOUR))
                .isEqualTo("biz/tenant:a/b%2Fc/HOUR/2026-03-04T10:00:00Z");
    }

    @Test
    void readersPageThroughMetersHoweverManyWindowsEachHas() {
        List<String> meters = List.of("b", "aa", "zz", "a-long-name");
        for (String meter : meters) {
            for (int hour = 0; hour < 50; hour++) {
                UsageEvent event = event(meter + hour, "1", EPOCH.plusSeconds(3_600L * hour));
                event.setMeter(meter);
                pipe(List.of(event), EPOCH);
            }
        }
        CounterReader counters = (CounterReader) driver.getStateStore(Stores.COUNTERS);
        assertThat(counters.metersOf(KEY.recordKey(), "", 10)).containsExactly("b", "aa", "zz", "a-long-name");
        assertThat(counters.metersOf(KEY.recordKey(), "", 2)).containsExactly("b", "aa");
        assertThat(counters.metersOf(KEY.recordKey(), "aa", 2)).containsExactly("zz", "a-long-name");
        assertThat(counters.metersOf(KEY.recordKey() + "x", "", 10)).isEmpty();
        assertThat(counters.countersOf(KEY.recordKey(), "zz", WindowSize.HOUR)).hasSize(50);
        assertThat(counters.countedOffset()).isEqualTo(199);
        assertThat(counters.awaitCounted(199, Duration.ZERO)).isTrue();
        assertThat(counters.awaitCounted(200, Duration.ofMillis(1))).isFalse();
    }

    @Test
    void aClosedStoreAnswersNobodyInsteadOfAnsweringLess() {
        pipe("0 a:1");
        CounterReader counters = (CounterReader) driver.getStateStore(Stores.COUNTERS);
        stop();
        assertThatThrownBy(() -> counters.metersOf(KEY.recordKey(), "", 1))
                .isInstanceOf(InvalidStateStoreException.class);
        assertThatThrownBy(() -> counters.awaitCounted(0, Duration.ofSeconds(1)))
                .isInstanceOf(InvalidStateStoreException.class);
    }

    /// Records of an owner of the past, under a quota of 10 with a soft limit of 5, as `seconds from admission to
    /// append
    /// quantity/ceiling`; without a ceiling nobody admitted them.
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        case                                   | records              | fates                           | alerts
        admitted ones count up to the limit    | 1 4/10, 1 6/10       | counted counted                 | SOFT@10 HARD@10
        past the limit nothing counts          | 1 10/10, 1 1/10      | counted QUOTA_BACKSTOP          | SOFT@10 HARD@10
        a higher ceiling of the past holds     | 1 10/12, 1 2/12      | counted counted                 | SOFT@10 HARD@10 BREACH@12
        one high ceiling holds for those after | 1 9/15, 1 4/10       | counted counted                 | SOFT@9 HARD@13 BREACH@13
        late ones do not count                 | 3 4/10, 1 6/10       | LATE counted                    | SOFT@6
        what nobody admitted waits for no one  | 1 1, 1 4/10          | QUOTA_BACKSTOP counted          |
        each threshold once, and its recovery  | 1 10/10, 1 -4, 1 4/10 | counted counted counted        | SOFT@10 HARD@10 RECOVERY@6
        """)
    void theBackstopHoldsTheLimitWhoeverWrote(String name, String records, String fates, @Nullable String alerts) {
        quotas.put(
                "api_request",
                new Quota(
                        "q1",
                        1,
                        BigDecimal.TEN,
                        new QuotaPeriod.Monthly(),
                        EnforcementMode.HARD,
                        Optional.of(new BigDecimal(5)),
                        BigDecimal.ZERO,
                        Optional.empty(),
                        Optional.empty()));
        TestOutputTopic<String, QuotaAlert> alerted = driver.createOutputTopic(
                Topics.QUOTA_ALERTS.name(),
                new StringDeserializer(),
                new AvroDeserializer<>(registry, Topics.QUOTA_ALERTS));
        List<String> found = new ArrayList<>();
        int number = 0;
        for (String record : records.split(",")) {
            String[] words = record.trim().split("[ /]");
            UsageEvent event = event("k" + number++, words[1], EPOCH);
            UsageBatch batch = batch(List.of(event));
            if (words.length > 2) {
                event.setCeiling(new BigDecimal(words[2]).setScale(6));
                batch.setAdmission(new Admission(
                        UUID.randomUUID(), UUID.randomUUID(), EPOCH.minusSeconds(Long.parseLong(words[0]))));
            }
            input.pipeInput(new TestRecord<>(KEY.recordKey(), batch, EPOCH));
            found.add(
                    rejected.isEmpty()
                            ? "counted"
                            : rejected.readValue().getReason().name());
        }
        assertThat(String.join(" ", found)).isEqualTo(fates);
        assertThat(alerted.readValuesToList().stream()
                        .map(alert -> alert.getKind() + "@"
                                + alert.getValue().stripTrailingZeros().toPlainString())
                        .collect(Collectors.joining(" ")))
                .isEqualTo(alerts == null ? "" : alerts);
    }

    /// Store and node names are stateful: a change of this file orphans state and is a migration.
    @Test
    void theTopologyIsTheOneThatRunsElsewhere() throws IOException {
        String golden;
        try (InputStream in = UsageTopologyTest.class.getResourceAsStream("/golden/usage-topology.txt")) {
            assertThat(in).isNotNull();
            golden = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(UsageTopology.build(
                                registry, HORIZON, 1, new UsageMetrics(new SimpleMeterRegistry()), ledgers, metrics)
                        .describe()
                        .toString()
                        .strip())
                .isEqualTo(golden.strip());
    }

    private void pipe(String events) {
        for (String record : events.split(",")) {
            List<UsageEvent> batch = new ArrayList<>();
            for (String part : record.split("\\+")) {
                String[] words = part.trim().split("[ :]");
                batch.add(event(words[1], words[2], EPOCH.plusSeconds(Long.parseLong(words[0]))));
            }
            pipe(batch, EPOCH);
        }
    }

    private void pipe(List<UsageEvent> events, Instant arrival) {
        input.pipeInput(new TestRecord<>(KEY.recordKey(), batch(events), arrival));
    }

    /// As a direct producer would, whose serializer does not check the contract's precision.
    private void pipeRaw(List<UsageEvent> events) {
        List<BigDecimal> quantities =
                events.stream().map(UsageEvent::getQuantity).toList();
        events.forEach(event -> event.setQuantity(new BigDecimal("1.000000")));
        byte[] bytes = new AvroSerializer<>(registry, Topics.USAGE_EVENTS)
                .serialize(Topics.USAGE_EVENTS.name(), batch(events));
        rawInput.pipeInput(new TestRecord<>(KEY.recordKeyBytes(), withQuantities(bytes, quantities), EPOCH));
    }

    /// Replaces each 1.000000 (`06 0f4240` as Avro bytes: length 3, then the unscaled number) by the given number.
    private static byte[] withQuantities(byte[] bytes, List<BigDecimal> quantities) {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        int next = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (i + 3 < bytes.length
                    && bytes[i] == 6
                    && bytes[i + 1] == 0x0f
                    && bytes[i + 2] == 0x42
                    && bytes[i + 3] == 0x40) {
                byte[] unscaled = quantities.get(next++).unscaledValue().toByteArray();
                out.write(2 * unscaled.length);
                out.writeBytes(unscaled);
                i += 3;
            } else {
                out.write(bytes[i]);
            }
        }
        return out.toByteArray();
    }

    private static UsageBatch batch(List<UsageEvent> events) {
        UsageBatch batch = new UsageBatch();
        batch.setBatchId("bat_test");
        batch.setOrganizationId(ORGANIZATION.value());
        batch.setSubject(SUBJECT.value());
        batch.setTimeZone("UTC");
        batch.setAcceptedAt(EPOCH);
        batch.setEvents(events);
        return batch;
    }

    private static UsageEvent event(String key, String quantity, Instant eventTime) {
        boolean keyless = key.equals("-");
        UsageEvent event = new UsageEvent();
        event.setEventId((keyless
                        ? EventId.timeOrdered(EPOCH, new java.util.Random())
                        : EventId.derived(ORGANIZATION, SUBJECT, key))
                .value());
        event.setIdempotencyKey(keyless ? null : key);
        byte[] digest = new byte[32];
        Arrays.fill(digest, (byte) quantity.hashCode());
        event.setFingerprint(new Fingerprint(digest));
        event.setMeter("api_request");
        event.setQuantity(new BigDecimal(quantity).setScale(6));
        event.setEventTime(eventTime);
        return event;
    }
}
