package io.tollgate.aggregate.usage.topology;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.tollgate.definition.BreachAction;
import io.tollgate.definition.LimitOperator;
import io.tollgate.definition.LimitPeriod;
import io.tollgate.definition.MeterOperation;
import io.tollgate.definition.MetricDefinition;
import io.tollgate.definition.MetricType;
import io.tollgate.event.AcceptedEvent;
import io.tollgate.event.CorrectionCommand;
import io.tollgate.event.CorrectionKind;
import io.tollgate.event.CounterCut;
import io.tollgate.event.CutKind;
import io.tollgate.event.EventCorrected;
import io.tollgate.event.Fingerprint;
import io.tollgate.event.RejectedEvent;
import io.tollgate.event.UsageBatch;
import io.tollgate.event.UsageEvent;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.Quota;
import io.tollgate.metering.quota.QuotaPeriod;
import io.tollgate.quota.admission.AdmissionOutcome.Fate;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.ledger.Ledgers;
import io.tollgate.quota.ledger.Quotas;
import io.tollgate.quota.metric.Metrics;
import io.tollgate.quota.store.Counter;
import io.tollgate.quota.store.CounterKey;
import io.tollgate.quota.store.CounterReader;
import io.tollgate.quota.store.Counters;
import io.tollgate.quota.store.SampleReader;
import io.tollgate.quota.store.Samples;
import io.tollgate.quota.store.Stores;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Events that are counted and then taken out, as the whole topology counts them.
class CorrectionTopologyTest {
    private static final OrganizationId ORGANIZATION = new OrganizationId("biz_test");
    private static final Instant EPOCH = Instant.parse("2026-03-04T10:00:00Z");
    private static final String METER = "load";
    private static final List<WindowSize> SINCE =
            List.of(WindowSize.CYCLE, WindowSize.DAY_SINCE, WindowSize.MONTH_SINCE, WindowSize.YEAR_SINCE);

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
    private TopologyTestDriver driver;
    private TestInputTopic<String, UsageBatch> input;
    private TestOutputTopic<String, AcceptedEvent> accepted;
    private TestOutputTopic<String, RejectedEvent> rejected;
    private TestOutputTopic<String, EventCorrected> corrected;
    private CounterReader counters;
    private long offset = -1;
    private String zone = "UTC";
    private Instant now = EPOCH;

    @BeforeEach
    void start(@TempDir Path state) {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, "correction-topology-test");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        driver = new TopologyTestDriver(
                UsageTopology.build(
                        registry,
                        Duration.ofDays(35),
                        1,
                        new UsageMetrics(new SimpleMeterRegistry()),
                        ledgers,
                        new Metrics(definitions)),
                config,
                EPOCH);
        input = driver.createInputTopic(
                Topics.USAGE_EVENTS.name(),
                new StringSerializer(),
                new AvroSerializer<>(registry, Topics.USAGE_EVENTS));
        accepted = driver.createOutputTopic(
                Topics.ACCEPTED_EVENTS.name(),
                new StringDeserializer(),
                new AvroDeserializer<>(registry, Topics.ACCEPTED_EVENTS));
        rejected = driver.createOutputTopic(
                Topics.REJECTED_EVENTS.name(),
                new StringDeserializer(),
                new AvroDeserializer<>(registry, Topics.REJECTED_EVENTS));
        corrected = driver.createOutputTopic(
                Topics.EVENT_CORRECTIONS.name(),
                new StringDeserializer(),
                new AvroDeserializer<>(registry, Topics.EVENT_CORRECTIONS));
        counters = (CounterReader) driver.getStateStore(Stores.COUNTERS);
    }

    @AfterEach
    void stop() {
        driver.close();
        ledgers.close();
    }

    /// An event that was logged.
    private record Logged(String id, BigDecimal quantity, Instant time, long offset) {}

    // ---- one at a time ----

    /// Events as `seconds:quantity` in the order of the log, `-n` takes the n-th out; the hour's value after it all.
    @ParameterizedTest(name = "{0} of {1}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
        operation | log                          | value
        SUM       | 0:4 1:9 -2                   | 4
        SUM       | 0:4 1:-9 -2                  | 4
        COUNT     | 0:4 1:9 2:1 -1               | 2
        AVG       | 0:4 1:9 2:2 -2               | 3
        MAX       | 0:4 1:9 2:2 -2               | 4
        MAX       | 0:9 1:9 2:2 -1               | 9
        MAX       | 0:9 1:9 2:2 -1 -2            | 2
        MAX       | 0:4 1:9 -2 3:1               | 4
        MIN       | 0:4 1:-9 2:2 -2              | 2
        LAST      | 0:4 5:9 2:2 -2               | 2
        LAST      | 5:4 5:9 -2                   | 4
        MAX       | 0:4 1:9 -2 -2 -2             | 4
        """)
    void theValueIsThatOfTheEventsThatRemain(Operation operation, String log, BigDecimal value) {
        SubjectKey subject = subject("cust_7");
        define(subject, operation);
        run(subject, log);
        assertThat(hour(subject).value(operation))
                .hasValueSatisfying(found -> assertThat(found).isEqualByComparingTo(value));
    }

    @ParameterizedTest
    @EnumSource(Operation.class)
    void nothingIsLeftOfAWindowThatLosesItsOnlyEvent(Operation operation) {
        SubjectKey subject = subject("cust_7");
        define(subject, operation);
        run(subject, "0:4 -1");
        CounterState left = hour(subject);
        assertThat(left.eventCount()).isZero();
        assertThat(left.sum()).isZero();
        assertThat(left.min()).isNull();
        assertThat(left.max()).isNull();
        assertThat(left.last()).isNull();
    }

    @Test
    void anEventIsTakenOutOnceHoweverOftenThatIsAsked() {
        SubjectKey subject = subject("cust_7");
        List<Logged> events = run(subject, "0:4 1:9 -2 -2");
        assertThat(hour(subject).sum()).isEqualByComparingTo("4");
        assertThat(corrected.readValuesToList()).singleElement().satisfies(fact -> {
            assertThat(fact.getEventId()).isEqualTo(events.getLast().id());
            assertThat(fact.getKind()).isEqualTo(CorrectionKind.VOID);
            assertThat(fact.getReplacementId()).isNull();
            assertThat(fact.getSourceOffset()).isEqualTo(2);
            assertThat(fact.getReason()).isEqualTo("test");
        });
    }

    @Test
    void aKeyThatWasVoidedIsStillKnown() {
        SubjectKey subject = subject("cust_7");
        UsageEvent event = event("4", EPOCH);
        event.setEventId(EventId.derived(ORGANIZATION, subject.subject(), "k").value());
        event.setIdempotencyKey("k");
        pipe(subject, List.of(event), null);
        takeOut(subject, new Logged(event.getEventId(), event.getQuantity(), EPOCH, offset));
        pipe(subject, List.of(event), null);
        assertThat(hour(subject).eventCount()).isZero();
        assertThat(accepted.readValuesToList()).hasSize(1);
    }

    @Test
    void anAmendmentTakesOutAndPutsInAtOnce() {
        SubjectKey subject = subject("cust_7");
        define(subject, Operation.MAX);
        Logged wrong = run(subject, "0:4 1:900").getLast();
        UsageEvent right = event("9", EPOCH.plusSeconds(1));
        amend(subject, wrong, right);
        assertThat(hour(subject).max()).isEqualByComparingTo("9");
        assertThat(hour(subject).sum()).isEqualByComparingTo("13");
        assertThat(hour(subject).eventCount()).isEqualTo(2);
        assertThat(corrected.readValuesToList()).singleElement().satisfies(fact -> {
            assertThat(fact.getKind()).isEqualTo(CorrectionKind.AMEND);
            assertThat(fact.getReplacementId()).isEqualTo(right.getEventId());
        });
        assertThat(accepted.readValuesToList().getLast().getEventId()).isEqualTo(right.getEventId());
        // The replacement is an event like any other.
        takeOut(subject, new Logged(right.getEventId(), right.getQuantity(), right.getEventTime(), offset));
        assertThat(hour(subject).max()).isEqualByComparingTo("4");
    }

    /// Its lifetime is composed of its months when it is counted next.
    @Test
    void anAmendmentOfAnEventOfAnOlderReleaseLeavesTheLifetimeWithoutIt() {
        SubjectKey subject = subject("cust_7");
        Logged wrong = run(subject, "0:4 1:900").getLast();
        Window lifetime = Window.containing(EPOCH, WindowSize.LIFETIME, ZoneId.of(zone));
        ((Counters) counters).remove(CounterKey.of(subject, METER, WindowSize.LIFETIME, lifetime.start()));
        amend(subject, wrong, event("9", EPOCH.plusSeconds(1)));
        assertThat(state(subject, WindowSize.LIFETIME).sum()).isEqualByComparingTo("13");
        assertThat(state(subject, WindowSize.LIFETIME).eventCount()).isEqualTo(2);
    }

    @Test
    void nothingReplacesAnEventThatWasTakenOutBefore() {
        SubjectKey subject = subject("cust_7");
        Logged event = run(subject, "0:4 -1").getFirst();
        amend(subject, event, event("9", EPOCH));
        assertThat(hour(subject).eventCount()).isZero();
        assertThat(corrected.readValuesToList()).hasSize(1);
        assertThat(rejected.readValuesToList())
                .singleElement()
                .satisfies(refused -> assertThat(refused.getReason()).hasToString("NOT_AMENDED"));
    }

    /// No owner admitted it, so it is judged here; what it replaces makes room for it, and no more than that.
    @ParameterizedTest(name = "used 10 of 10, {0} becomes {1}: {2}")
    @CsvSource({"4, 3, true", "4, 4, true", "4, 5, false"})
    void anAmendmentThatRaisesTheValueIsTestedLikeAnEvent(String before, String after, boolean counted) {
        SubjectKey subject = subject("cust_7");
        Logged event = run(subject, "0:6 1:" + before).getLast();
        UsageEvent instead = event(after, EPOCH.plusSeconds(1));
        instead.setCeiling(new BigDecimal("10").setScale(6));
        quotas.put(METER, quota("10"));
        amendStamped(subject, event, instead);
        assertThat(hour(subject).sum())
                .isEqualByComparingTo(counted ? new BigDecimal("6").add(new BigDecimal(after)) : new BigDecimal("10"));
        assertThat(corrected.readValuesToList()).hasSize(counted ? 1 : 0);
    }

    @Test
    void anotherSubjectsEventCannotBeTakenOut() {
        SubjectKey own = subject("cust_7");
        SubjectKey other = subject("cust_8");
        Logged event = run(own, "0:4").getFirst();
        run(other, "0:5");
        takeOut(other, event);
        assertThat(hour(own).sum()).isEqualByComparingTo("4");
        takeOut(own, event);
        assertThat(hour(own).eventCount()).isZero();
    }

    /// Beyond the bound on samples an hour's largest cannot be found anew: what may be it stays, all else goes.
    @Test
    void whatMayBeTheValueOfAnHourThatIsNotKeptWholeStays() {
        SubjectKey subject = subject("cust_7");
        define(subject, Operation.MAX);
        List<UsageEvent> many = new ArrayList<>();
        for (int i = 0; i <= SampleReader.PER_HOUR_MAX; i++) {
            many.add(event(Integer.toString(1 + i % 100), EPOCH.plusMillis(i)));
        }
        long at = pipe(subject, many, null);
        UsageEvent largest = many.get(99);
        takeOut(subject, new Logged(largest.getEventId(), largest.getQuantity(), largest.getEventTime(), at));
        assertThat(hour(subject).eventCount()).isEqualTo(many.size());
        UsageEvent inside = many.get(49);
        takeOut(subject, new Logged(inside.getEventId(), inside.getQuantity(), inside.getEventTime(), at));
        assertThat(hour(subject).eventCount()).isEqualTo(many.size() - 1);
        assertThat(hour(subject).max()).isEqualByComparingTo("100");
        assertThat(corrected.readValuesToList()).hasSize(1);
    }

    /// The hour's largest is found among the others as long as they are kept; after that only what is neither the
    /// smallest, the largest nor the latest can go.
    @ParameterizedTest(name = "{0} after the hour")
    @CsvSource({"PT839H59M59S, true", "PT840H, false"})
    void theLargestOfAnHourCanBeTakenOutAsLongAsTheHourIsKept(Duration later, boolean taken) {
        SubjectKey subject = subject("cust_7");
        define(subject, Operation.MAX);
        List<Logged> events = run(subject, "0:4 1:9 2:5 3:7");
        now = EPOCH.plusSeconds(3_600).plus(later);
        // Whoever comes next takes along what is over.
        run(subject("cust_8"), "0:1");

        takeOut(subject, events.get(1));
        assertThat(hour(subject).max()).isEqualByComparingTo(taken ? "7" : "9");
        takeOut(subject, events.get(2));
        assertThat(corrected.readValuesToList()).hasSize(taken ? 2 : 1);
        assertThat(hour(subject).eventCount()).isEqualTo(taken ? 2 : 3);
    }

    @Test
    void whatIsOverIsForgottenInBoundedParts() {
        SubjectKey subject = subject("cust_7");
        define(subject, Operation.MAX);
        List<UsageEvent> many = new ArrayList<>();
        for (int i = 0; i < 2 * CountWindows.FORGOTTEN_AT_ONCE; i++) {
            many.add(event("1", EPOCH.plusMillis(i)));
        }
        pipe(subject, many, null);
        run(subject, "3600:5");
        assertThat(entries(Stores.SAMPLES)).isEqualTo(many.size() + 3L);

        now = EPOCH.plus(Samples.KEPT).plusSeconds(3_600);
        SubjectKey other = subject("cust_8");
        run(other, "0:1");
        assertThat(entries(Stores.SAMPLES))
                .isBetween((long) many.size() - CountWindows.FORGOTTEN_AT_ONCE, (long) many.size());
        run(other, "0:1 0:1");
        // The next hour's sample, and where it is found.
        assertThat(entries(Stores.SAMPLES)).isEqualTo(2);
        // What comes when its time is over is counted and not kept.
        run(subject, "0:6");
        assertThat(entries(Stores.SAMPLES)).isEqualTo(2);
        assertThat(hour(subject).max()).isEqualByComparingTo("6");

        now = now.plusSeconds(3_600);
        run(other, "0:1");
        assertThat(entries(Stores.SAMPLES)).isZero();
    }

    @Test
    void whatWasCountedBeforeACutIsNotTakenOutOfWhatBeganWithIt() {
        SubjectKey subject = subject("cust_7");
        Logged before = run(subject, "0:4").getFirst();
        cut(subject, CutKind.BILLING_RESET);
        Logged after = run(subject, "2:5").getFirst();
        takeOut(subject, before);
        assertThat(state(subject, WindowSize.CYCLE).sum()).isEqualByComparingTo("5");
        assertThat(state(subject, WindowSize.LIFETIME).sum()).isEqualByComparingTo("5");
        takeOut(subject, after);
        assertThat(state(subject, WindowSize.CYCLE).eventCount()).isZero();
        assertThat(state(subject, WindowSize.LIFETIME).eventCount()).isZero();
    }

    @Test
    void aDeletedMeterDoesNotLoseWhatItNoLongerHas() {
        SubjectKey subject = subject("cust_7");
        Logged before = run(subject, "0:4").getFirst();
        cut(subject, CutKind.METER_DELETED);
        run(subject, "2:5");
        takeOut(subject, before);
        assertThat(state(subject, WindowSize.LIFETIME).sum()).isEqualByComparingTo("5");
        assertThat(hour(subject).sum()).isEqualByComparingTo("5");
    }

    @Test
    void aChangeOfTheZoneDoesNotHideTheDayThatHeldTheEvent() {
        SubjectKey subject = subject("cust_7");
        zone = "Asia/Kolkata";
        Logged event = run(subject, "0:4 1:5").getFirst();
        Window day = Window.containing(EPOCH, WindowSize.DAY, ZoneId.of(zone));
        zone = "America/New_York";
        takeOut(subject, event);
        assertThat(counters.counter(CounterKey.of(subject, METER, WindowSize.DAY, day.start()))
                        .orElseThrow()
                        .state()
                        .sum())
                .isEqualByComparingTo("5");
    }

    // ---- any interleaving ----

    /// Events, repeated and fresh voids, amendments and billing resets in any order, in a zone whose days begin at a
    /// quarter of an hour: every counter has the value of the events that remain in it.
    @ParameterizedTest
    @EnumSource(Operation.class)
    void anyInterleavingIsWorthTheEventsThatRemain(Operation operation) {
        for (long seed = 1; seed <= 12; seed++) {
            for (boolean cuts : List.of(false, true)) {
                new Interleaving(operation, seed, cuts).run();
            }
        }
    }

    private final class Interleaving {
        private final Operation operation;
        private final String name;
        private final SplittableRandom random;
        private final boolean cuts;
        private final SubjectKey subject;
        private final List<Logged> logged = new ArrayList<>();
        private final Set<String> out = new HashSet<>();
        private long cutOffset = -1;

        Interleaving(Operation operation, long seed, boolean cuts) {
            this.operation = operation;
            this.name = operation + " seed " + seed + (cuts ? " with cuts" : "");
            this.random = new SplittableRandom(seed);
            this.cuts = cuts;
            this.subject = subject("i" + operation + seed + cuts);
        }

        void run() {
            zone = "Asia/Kathmandu";
            define(subject, operation);
            for (int step = 0; step < 40; step++) {
                switch (random.nextInt(cuts ? 11 : 10)) {
                    case 0, 1, 2 -> voidOne();
                    case 3 -> amendOne();
                    case 10 -> cutOne();
                    default -> {
                        UsageEvent event = event(quantity(), time());
                        long at = pipe(subject, List.of(event), null);
                        logged.add(new Logged(event.getEventId(), event.getQuantity(), event.getEventTime(), at));
                    }
                }
                compare(step);
            }
        }

        /// A reset is one of the meters that there are.
        private void cutOne() {
            if (!logged.isEmpty()) {
                cutOffset = cut(subject, CutKind.BILLING_RESET);
            }
        }

        private void voidOne() {
            if (!logged.isEmpty()) {
                Logged event = logged.get(random.nextInt(logged.size()));
                takeOut(subject, event);
                note(event);
            }
        }

        private void amendOne() {
            if (!logged.isEmpty()) {
                Logged event = logged.get(random.nextInt(logged.size()));
                UsageEvent instead = event(quantity(), time());
                long at = amend(subject, event, instead);
                if (note(event)) {
                    logged.add(new Logged(instead.getEventId(), instead.getQuantity(), instead.getEventTime(), at));
                }
            }
        }

        /// Whether the event was taken out by the last record. That is refused twice, and else only where a cut divides
        /// events that are not kept apart.
        private boolean note(Logged event) {
            boolean taken = !corrected.readValuesToList().isEmpty();
            if (!cuts) {
                assertThat(taken).as(name).isEqualTo(!out.contains(event.id()));
            }
            if (taken) {
                assertThat(out.add(event.id())).as(name + " takes out once").isTrue();
            }
            return taken;
        }

        private String quantity() {
            return Integer.toString(random.nextInt(-2, 5));
        }

        private Instant time() {
            return EPOCH.plusSeconds(60L * random.nextInt(4)
                    + 900L * random.nextInt(8)
                    + 86_400L * random.nextInt(2)
                    + 86_400L * 28 * random.nextInt(2));
        }

        private void compare(int step) {
            Set<Window> windows = new HashSet<>();
            for (Logged event : logged) {
                for (WindowSize size : List.of(
                        WindowSize.MINUTE, WindowSize.HOUR, WindowSize.DAY, WindowSize.MONTH, WindowSize.LIFETIME)) {
                    windows.add(Window.containing(event.time(), size, ZoneId.of(zone)));
                }
            }
            windows.forEach(window -> compare(step, window, -1));
            if (cutOffset >= 0) {
                SINCE.forEach(size -> compare(step, Window.containing(EPOCH, size, ZoneId.of(zone)), cutOffset));
            }
        }

        private void compare(int step, Window window, long since) {
            CounterState expected = CounterState.ZERO;
            for (Logged event : logged) {
                if (!out.contains(event.id()) && window.contains(event.time()) && event.offset() > since) {
                    expected = expected.plus(event.quantity(), event.time(), EPOCH, event.offset());
                }
            }
            CounterState found = counters.counter(CounterKey.of(subject, METER, window.size(), window.start()))
                    .map(Counter::state)
                    .orElse(CounterState.ZERO);
            assertThat(found.eventCount())
                    .as(name + " step " + step + " " + window)
                    .isEqualTo(expected.eventCount());
            assertThat(found.value(operation))
                    .as(name + " step " + step + " " + window)
                    .isEqualTo(expected.value(operation));
        }
    }

    // ---- the log ----

    private long entries(String store) {
        long entries = 0;
        try (KeyValueIterator<Bytes, byte[]> all =
                driver.<Bytes, byte[]>getKeyValueStore(store).all()) {
            for (; all.hasNext(); all.next()) {
                entries++;
            }
        }
        return entries;
    }

    private List<Logged> run(SubjectKey subject, String log) {
        List<Logged> events = new ArrayList<>();
        for (String word : log.split(" ")) {
            if (word.startsWith("-")) {
                takeOut(subject, events.get(Integer.parseInt(word.substring(1)) - 1));
            } else {
                String[] parts = word.split(":");
                UsageEvent event = event(parts[1], EPOCH.plusSeconds(Long.parseLong(parts[0])));
                long at = pipe(subject, List.of(event), null);
                events.add(new Logged(event.getEventId(), event.getQuantity(), event.getEventTime(), at));
            }
        }
        return events;
    }

    private void takeOut(SubjectKey subject, Logged event) {
        pipe(subject, List.of(), command(CorrectionKind.VOID, event));
    }

    private long amend(SubjectKey subject, Logged event, UsageEvent instead) {
        return pipe(subject, List.of(instead), command(CorrectionKind.AMEND, event));
    }

    /// With the consent of an owner of another epoch, under the event's ceiling.
    private void amendStamped(SubjectKey subject, Logged event, UsageEvent instead) {
        UsageBatch batch = batch(subject, List.of(instead), command(CorrectionKind.AMEND, event));
        batch.setAdmission(new io.tollgate.event.Admission(UUID.randomUUID(), UUID.randomUUID(), EPOCH));
        send(subject, batch);
    }

    private long cut(SubjectKey subject, CutKind kind) {
        UsageBatch batch = batch(subject, List.of(), null);
        batch.setCut(new CounterCut(UUID.randomUUID(), kind, METER));
        return send(subject, batch);
    }

    private long pipe(SubjectKey subject, List<UsageEvent> events, @Nullable CorrectionCommand command) {
        return send(subject, batch(subject, events, command));
    }

    private long send(SubjectKey subject, UsageBatch batch) {
        input.pipeInput(new TestRecord<>(subject.recordKey(), batch, now));
        return ++offset;
    }

    private UsageBatch batch(SubjectKey subject, List<UsageEvent> events, @Nullable CorrectionCommand command) {
        UsageBatch batch = new UsageBatch();
        batch.setBatchId("bat_test");
        batch.setOrganizationId(subject.organizationId().value());
        batch.setSubject(subject.subject().value());
        batch.setTimeZone(zone);
        batch.setAcceptedAt(EPOCH);
        batch.setEvents(events);
        batch.setCorrection(command);
        return batch;
    }

    private static CorrectionCommand command(CorrectionKind kind, Logged event) {
        return new CorrectionCommand(
                UUID.randomUUID(),
                kind,
                event.id(),
                METER,
                event.quantity(),
                event.time(),
                event.offset(),
                "test",
                "key:k",
                null,
                new Fingerprint(new byte[32]));
    }

    private static UsageEvent event(String quantity, Instant time) {
        UsageEvent event = new UsageEvent();
        event.setEventId(EventId.timeOrdered(EPOCH, new java.util.Random()).value());
        event.setFingerprint(new Fingerprint(new byte[32]));
        event.setMeter(METER);
        event.setQuantity(new BigDecimal(quantity).setScale(6));
        event.setEventTime(time);
        return event;
    }

    private static SubjectKey subject(String tenant) {
        return new SubjectKey(ORGANIZATION, SubjectId.tenant(new TenantId(tenant)));
    }

    private void define(SubjectKey subject, Operation operation) {
        definitions.applyMetric(
                subject.recordKey() + "/" + METER,
                MetricDefinition.newBuilder()
                        .setOrganizationId(subject.organizationId().value())
                        .setSubject(subject.subject().value())
                        .setName(METER)
                        .setOperation(MeterOperation.valueOf(operation.name()))
                        .setMetricType(MetricType.CHECKPOINT)
                        .setFlushSeconds(3_600)
                        .setBatchSeconds(3_600)
                        .setInitialValue(new BigDecimal("0.000000"))
                        .setOperator(LimitOperator.GTE)
                        .setAction(BreachAction.DISABLED)
                        .setPeriod(LimitPeriod.REALTIME)
                        .setCreatedAt(EPOCH)
                        .build());
    }

    private static Quota quota(String limit) {
        return new Quota(
                "q",
                1,
                new BigDecimal(limit),
                new QuotaPeriod.Monthly(),
                EnforcementMode.HARD,
                Optional.empty(),
                BigDecimal.ZERO,
                Optional.empty(),
                Optional.empty());
    }

    private CounterState hour(SubjectKey subject) {
        return state(subject, WindowSize.HOUR);
    }

    private CounterState state(SubjectKey subject, WindowSize size) {
        Window window = Window.containing(EPOCH, size, ZoneId.of(zone));
        return counters.counter(CounterKey.of(subject, METER, size, window.start()))
                .map(Counter::state)
                .orElse(CounterState.ZERO);
    }
}
