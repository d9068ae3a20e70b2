package io.tollgate.billing.usage.postgres;

import static io.tollgate.billing.usage.UsageSamples.amended;
import static io.tollgate.billing.usage.UsageSamples.at;
import static io.tollgate.billing.usage.UsageSamples.event;
import static io.tollgate.billing.usage.UsageSamples.hour;
import static io.tollgate.billing.usage.UsageSamples.voided;
import static io.tollgate.billing.usage.UsageSamples.withMetadata;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.CorrectableEvent;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.EventCorrection;
import io.tollgate.billing.usage.EventPage;
import io.tollgate.billing.usage.EventQuery;
import io.tollgate.billing.usage.LogPlace;
import io.tollgate.billing.usage.RefusedEvent;
import io.tollgate.billing.usage.StoredEvent;
import io.tollgate.billing.usage.UsageSamples;
import io.tollgate.billing.usage.WriteOutcome;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestDatabase;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class PostgresUsageStoreIT {
    private static final String TOPIC = "topic";
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    private final Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());
    private final PostgresSinkProgress progress = new PostgresSinkProgress(jdbi);
    private final PostgresUsageStore store = new PostgresUsageStore(jdbi, progress, InstantSource.fixed(NOW));

    PostgresUsageStoreIT() {
        store.positions(TOPIC, List.of(0, 1));
    }

    private static List<Advance> step(long expected, long next) {
        return List.of(new Advance(TOPIC, 0, expected, next));
    }

    private long count(String from) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM " + from)
                .mapTo(long.class)
                .one());
    }

    private String text(String sql) {
        return jdbi.withHandle(
                handle -> handle.createQuery(sql).mapTo(String.class).one());
    }

    private EventPage allEvents() {
        return new PostgresUsageReads(jdbi)
                .events(new EventQuery(
                        UsageSamples.ORGANIZATION,
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        100,
                        Optional.empty()))
                .orElseThrow();
    }

    @Test
    void everythingOfAnEventIsReadBack() {
        CountedEvent event = withMetadata(
                event(1, "ténànt \\ 😀", "m", "99999999999999.999999", "2026-03-01T10:00:00.123456Z"),
                "{\"b\": [1.50, \"\\\\ \\n ü\"], \"a\": null}");

        assertThat(store.storeEvents(List.of(event), step(0, 2))).isEqualTo(new WriteOutcome.Stored(0));

        StoredEvent stored = allEvents().events().getFirst();
        assertThat(stored.id()).isEqualTo(event.id().value());
        assertThat(stored.tenantId()).contains("ténànt \\ 😀");
        assertThat(stored.quantity()).isEqualTo(new BigDecimal("99999999999999.999999"));
        assertThat(stored.occurredAt()).isEqualTo(event.occurredAt());
        assertThat(stored.receivedAt()).isEqualTo(UsageSamples.RECEIVED);
        assertThat(stored.idempotencyKey()).contains("key-1");
        assertThat(stored.metadata()).isEqualTo("{\"a\": null, \"b\": [1.50, \"\\\\ \\n ü\"]}");
        assertThat(store.positions(TOPIC, List.of(0, 1))).containsEntry(0, 2L).containsEntry(1, 0L);
    }

    @Test
    void whatIsTakenOutIsListedWithWhoDidItAndCountsNoMore() {
        CountedEvent wrong = event(1, "t", "m", "4", "2026-03-01T10:00:00Z");
        CountedEvent right = event(2, "t", "m", "5", "2026-03-01T10:00:00Z");
        CountedEvent twice = event(3, "t", "m", "9", "2026-03-01T11:00:00Z");
        store.storeEvents(List.of(wrong, right, twice), step(0, 3));

        store.storeCorrections(List.of(amended(wrong, right, 1), voided(twice, 2, 7)), step(3, 8));

        assertThat(allEvents().events())
                .extracting(StoredEvent::status, StoredEvent::amends, StoredEvent::voidedBy)
                .containsExactlyInAnyOrder(
                        tuple("AMENDED", Optional.empty(), Optional.of("key:k")),
                        tuple("ACCEPTED", Optional.of(wrong.id().value()), Optional.empty()),
                        tuple("VOIDED", Optional.empty(), Optional.of("key:k")));
        assertThat(text("SELECT string_agg(action || ' ' || resource_id || ' ' || actor_id || ' ' || request_id"
                        + " || ' ' || (details ->> 'quantity'), ',' ORDER BY action) FROM audit_logs"))
                .isEqualTo("amend_event " + wrong.id().value() + " key:k req-1 4.000000,void_event "
                        + twice.id().value() + " key:k req-1 9.000000");
        assertThat(text("SELECT string_agg(log_partition || '@' || log_offset, ' ' ORDER BY log_offset)"
                        + " FROM event_corrections"))
                .isEqualTo("0@2 0@7");
        List<CorrectableEvent> found =
                new PostgresCorrectionReads(jdbi).find(UsageSamples.ORGANIZATION, List.of(wrong.id(), twice.id()));
        assertThat(found)
                .extracting(event -> event.correction().orElseThrow().kind())
                .containsExactlyInAnyOrder(EventCorrection.Kind.AMEND, EventCorrection.Kind.VOID);
        assertThat(new PostgresCorrectionReads(jdbi).find(new OrganizationId("biz_other"), List.of(wrong.id())))
                .isEmpty();
    }

    @Test
    void oneCorrectionOfAnEventIsStoredHoweverManyCome() {
        CountedEvent event = event(1, "t", "m", "4", "2026-03-01T10:00:00Z");
        store.storeEvents(List.of(event), step(0, 2));
        EventCorrection first = voided(event, 1, 5);

        store.storeCorrections(List.of(first), step(2, 6));
        assertThat(store.storeCorrections(List.of(first), step(2, 6))).isInstanceOf(WriteOutcome.Overtaken.class);
        store.storeCorrections(List.of(first, voided(event, 2, 9)), step(6, 10));

        assertThat(text("SELECT string_agg(log_offset::text, ',') FROM event_corrections"))
                .isEqualTo("5");
        assertThat(count("audit_logs")).isEqualTo(1);
    }

    /// As when events are stored anew from the book of record and the corrections are read faster.
    @Test
    void anEventThatIsStoredAfterItsCorrectionDoesNotCount() {
        CountedEvent event = event(1, "t", "m", "4", "2026-03-01T10:00:00Z");
        CountedEvent other = event(2, "t", "m", "5", "2026-03-01T10:00:00Z");

        store.storeCorrections(List.of(voided(event, 1, 5)), step(0, 6));
        store.storeEvents(List.of(event, other), step(6, 7));

        assertThat(allEvents().events())
                .extracting(StoredEvent::id, StoredEvent::status)
                .containsExactlyInAnyOrder(
                        tuple(event.id().value(), "VOIDED"), tuple(other.id().value(), "ACCEPTED"));
    }

    @Test
    void aCorrectionThatNamesAnothersEventChangesNothing() {
        CountedEvent event = event(1, "t", "m", "4", "2026-03-01T10:00:00Z");
        CountedEvent claimed = event(1, "u", "m", "4", "2026-03-01T10:00:00Z");
        store.storeEvents(List.of(event), step(0, 2));

        store.storeCorrections(
                List.of(voided(
                        new CountedEvent(
                                event.id(),
                                claimed.subject(),
                                event.meter(),
                                event.quantity(),
                                event.occurredAt(),
                                event.receivedAt(),
                                event.idempotencyKey(),
                                event.fingerprint(),
                                event.metadata(),
                                event.place()),
                        1,
                        5)),
                step(2, 6));

        assertThat(allEvents().events()).extracting(StoredEvent::status).containsExactly("ACCEPTED");
    }

    @Test
    void aDayThatHasLostItsLastEventHasNoSnapshot() {
        store.storeCounters(
                List.of(
                        hour("t", "m", "2026-03-01T10:00:00Z", "4", 1, 1),
                        hour("t", "m", "2026-03-02T10:00:00Z", "5", 1, 2)),
                step(0, 3));
        assertThat(count("usage_snapshots")).isEqualTo(2);

        store.storeCounters(List.of(hour("t", "m", "2026-03-01T10:00:00Z", "0", 0, 3)), step(3, 4));

        assertThat(text("SELECT string_agg(snapshot_date::text, ',') FROM usage_snapshots"))
                .isEqualTo("2026-03-02");
    }

    /// The two partitions at the ends of time, months on both sides of 1970 and 2000, and quantities of every length.
    @Test
    void anyTimeAndQuantityCanBeStored() {
        List<String> times = List.of(
                "0001-01-01T00:00:00Z",
                "1969-12-31T23:59:59.999999Z",
                "1999-12-31T23:59:59.999999Z",
                "2000-01-01T00:00:00Z",
                "2100-12-31T23:59:59.999999Z",
                "2101-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999999Z");
        List<CountedEvent> events = new ArrayList<>();
        for (String time : times) {
            events.add(event(events.size(), "t", "m", "1", time));
        }
        for (int digits = 0; digits < 14; digits++) {
            events.add(event(events.size(), "t", "m", "9".repeat(digits + 1) + ".000001", "2026-01-01T00:00:00Z"));
            events.add(event(events.size(), "t", "m", "1" + "0".repeat(digits), "2026-01-01T00:00:00Z"));
        }
        events.add(event(events.size(), "t", "m", "0.1", "2026-01-01T00:00:00Z"));
        events.add(event(events.size(), "t", "m", "0.000001", "2026-01-01T00:00:00Z"));
        events.add(event(events.size(), "t", "m", "0.0001", "2026-01-01T00:00:00Z"));

        store.storeEvents(events, step(0, 100));

        List<StoredEvent> stored = allEvents().events();
        assertThat(stored).hasSameSizeAs(events);
        for (CountedEvent event : events) {
            StoredEvent same = stored.stream()
                    .filter(candidate -> candidate.id().equals(event.id().value()))
                    .findFirst()
                    .orElseThrow();
            assertThat(same.occurredAt()).isEqualTo(event.occurredAt());
            assertThat(same.quantity()).isEqualTo(event.quantity());
        }
        assertThat(count("usage_events_before_2000")).isEqualTo(3);
        assertThat(count("usage_events_2100_12")).isEqualTo(1);
        assertThat(count("usage_events_after_2100")).isEqualTo(2);
    }

    @Test
    void tenantComesWithItsFirstEvent() {
        store.storeEvents(
                List.of(
                        event(1, "a", "m", "1", "2026-03-01T10:00:00Z"),
                        event(2, "a", "m", "1", "2026-03-01T10:00:00Z")),
                step(0, 2));
        store.storeEvents(List.of(event(3, "a", "m", "1", "2026-03-01T10:00:00Z")), step(2, 3));

        assertThat(text("SELECT string_agg(tenant_id || ' ' || name || ' ' || status, ',') FROM tenants"))
                .isEqualTo("a a ACTIVE");
    }

    /// A sink that lost its partition without knowing: paused, then going on with what it had in hand.
    @Test
    void overtakenWriterWritesNothing() {
        store.storeEvents(List.of(event(1, "a", "m", "1", "2026-03-01T10:00:00Z")), step(0, 5));

        WriteOutcome zombie = store.storeEvents(List.of(event(2, "b", "m", "1", "2026-03-01T10:00:00Z")), step(0, 3));

        assertThat(zombie).isInstanceOf(WriteOutcome.Overtaken.class);
        assertThat(count("usage_events")).isEqualTo(1);
        assertThat(count("tenants")).isEqualTo(1);
        assertThat(store.positions(TOPIC, List.of(0))).containsEntry(0, 5L);
        // The tenant of the batch that was not stored is made when it is.
        store.storeEvents(List.of(event(2, "b", "m", "1", "2026-03-01T10:00:00Z")), step(5, 6));
        assertThat(count("tenants")).isEqualTo(2);
    }

    @Test
    void oneOvertakenPartitionStopsTheWholeBatch() {
        store.advance(List.of(new Advance(TOPIC, 1, 0, 9)));

        WriteOutcome outcome = store.storeEvents(
                List.of(event(1, "a", "m", "1", "2026-03-01T10:00:00Z")),
                List.of(new Advance(TOPIC, 0, 0, 3), new Advance(TOPIC, 1, 0, 3)));

        assertThat(outcome).isInstanceOf(WriteOutcome.Overtaken.class);
        assertThat(count("usage_events")).isZero();
        assertThat(store.positions(TOPIC, List.of(0, 1))).containsEntry(0, 0L).containsEntry(1, 9L);
    }

    @Test
    void eventThatIsStoredAlreadyIsRejectedAndTheRestIsStored() {
        CountedEvent first = event(1, "a", "m", "1", "2026-03-01T10:00:00Z");
        store.storeEvents(List.of(first), step(0, 1));

        WriteOutcome outcome = store.storeEvents(
                List.of(
                        event(2, "a", "m", "1", "2026-03-01T10:00:00Z"),
                        at(first, new LogPlace(0, 77, 3)),
                        event(3, "b", "m", "1", "2026-03-01T10:00:00Z")),
                step(1, 4));

        assertThat(outcome).isEqualTo(new WriteOutcome.Stored(1));
        assertThat(count("usage_events")).isEqualTo(3);
        assertThat(count("tenants")).isEqualTo(2);
        assertThat(
                        text(
                                "SELECT event_id || ' ' || reason || ' ' || log_offset || ' ' || log_index FROM rejected_events"))
                .isEqualTo(first.id() + " DUPLICATE_LATE 77 3");
        assertThat(store.positions(TOPIC, List.of(0))).containsEntry(0, 4L);
    }

    /// JSON that PostgreSQL's jsonb refuses, each of which would stop the sink for ever.
    @Test
    void metadataThatJsonbCannotHoldIsKeptAsText() {
        String nul = "{\"a\":\"x\\u0000y\"}";
        String surrogate = "{\"a\":\"\\ud800\"}";
        String huge = "{\"a\":1e999999}";

        WriteOutcome outcome = store.storeEvents(
                List.of(
                        withMetadata(event(1, "a", "m", "1", "2026-03-01T10:00:01Z"), nul),
                        withMetadata(event(2, "a", "m", "1", "2026-03-01T10:00:02Z"), "{\"ok\": 1}"),
                        withMetadata(event(3, "a", "m", "1", "2026-03-01T10:00:03Z"), surrogate),
                        withMetadata(event(4, "a", "m", "1", "2026-03-01T10:00:04Z"), huge)),
                step(0, 4));

        assertThat(outcome).isEqualTo(new WriteOutcome.Stored(0));
        assertThat(allEvents().events())
                .extracting(StoredEvent::metadata)
                .containsExactly(huge, surrogate, "{\"ok\": 1}", nul);
        assertThat(text("SELECT metadata->>'ok' FROM usage_events WHERE idempotency_key = 'key-2'"))
                .isEqualTo("1");
    }

    @Test
    void keyWithNulIsStored() {
        CountedEvent plain = event(1, "a", "m", "1", "2026-03-01T10:00:00Z");
        CountedEvent event = new CountedEvent(
                plain.id(),
                plain.subject(),
                plain.meter(),
                plain.quantity(),
                plain.occurredAt(),
                plain.receivedAt(),
                Optional.of("a\0b"),
                plain.fingerprint(),
                Optional.empty(),
                plain.place());

        store.storeEvents(List.of(event), step(0, 1));

        assertThat(allEvents().events().getFirst().idempotencyKey()).contains("a\uFFFDb");
    }

    @Test
    void rejectedEventIsStoredOnce() {
        RefusedEvent refused = new RefusedEvent(
                "evt_x",
                "biz_test",
                "tenant:a",
                "m",
                BigDecimal.ONE,
                NOW,
                NOW,
                Instant.parse("2026-05-01T00:00:00Z"),
                "IDEMPOTENCY_KEY_REUSED",
                "Other payload.",
                Optional.of("k"),
                Optional.of("{\"a\":\"\\u0000\"}"),
                new LogPlace(0, 5, 0));

        store.storeRejected(List.of(refused), step(0, 1));
        store.storeRejected(List.of(refused), step(1, 2));

        assertThat(count("rejected_events")).isEqualTo(1);
        assertThat(count("rejected_events_2026_05")).isEqualTo(1);
    }

    @Test
    void lastValueOfACounterWinsAndNeverGoesBack() {
        store.storeCounters(
                List.of(
                        hour("a", "m", "2026-03-01T10:00:00Z", "1", 1, 10),
                        hour("a", "m", "2026-03-01T10:00:00Z", "5", 2, 12)),
                step(0, 2));
        store.storeCounters(List.of(hour("a", "m", "2026-03-01T10:00:00Z", "1", 1, 10)), step(2, 3));

        assertThat(text("SELECT quantity_sum || ' ' || event_count || ' ' || source_offset FROM counters"))
                .isEqualTo("5.000000 2 12");
    }

    @Test
    void snapshotIsTheSumOfTheHoursOfTheUtcDay() {
        store.storeCounters(
                List.of(
                        hour("a", "m", "2026-03-01T00:00:00Z", "1", 1, 1),
                        hour("a", "m", "2026-03-01T23:00:00Z", "2.5", 2, 2),
                        hour("a", "m", "2026-03-02T00:00:00Z", "100", 1, 3),
                        hour("b", "m", "2026-03-01T05:00:00Z", "7", 1, 4)),
                step(0, 4));
        store.storeCounters(List.of(hour("a", "m", "2026-03-01T00:00:00Z", "4", 3, 9)), step(4, 5));

        assertThat(text(
                        "SELECT string_agg(tenant_id || ' ' || snapshot_date || ' ' || total_quantity || ' ' || event_count,"
                                + " ', ' ORDER BY tenant_id, snapshot_date) FROM usage_snapshots"))
                .isEqualTo("a 2026-03-01 6.500000 5, a 2026-03-02 100.000000 1, b 2026-03-01 7.000000 1");
        assertThat(count("usage_snapshots_2026")).isEqualTo(3);
    }

    /// Several sinks see the first event of the same months at the same time.
    @Test
    void partitionsAreMadeOnceUnderConcurrency() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<WriteOutcome>> writes = new ArrayList<>();
            for (int writer = 0; writer < 8; writer++) {
                PostgresUsageStore other = new PostgresUsageStore(jdbi, progress, InstantSource.fixed(NOW));
                String topic = "topic-" + writer;
                other.positions(topic, List.of(0));
                List<CountedEvent> events = new ArrayList<>();
                for (int month = 1; month <= 12; month++) {
                    events.add(event(
                            writer * 100 + month,
                            "t" + writer,
                            "m",
                            "1",
                            String.format(java.util.Locale.ROOT, "2031-%02d-05T00:00:00Z", month)));
                }
                writes.add(threads.submit(() -> other.storeEvents(events, List.of(new Advance(topic, 0, 0, 9)))));
            }
            for (Future<WriteOutcome> write : writes) {
                assertThat(write.get()).isEqualTo(new WriteOutcome.Stored(0));
            }
        }
        assertThat(count("usage_events")).isEqualTo(96);
        assertThat(count("pg_inherits WHERE inhparent = 'usage_events'::regclass"))
                .isEqualTo(14);
        assertThat(text("SELECT col_description('usage_events_2031_01'::regclass, 1)"))
                .startsWith("evt_");
    }

    @Test
    void whoWaitsIsLetGoByThisAndByOtherProcesses() throws Exception {
        PostgresSinkProgress elsewhere = new PostgresSinkProgress(jdbi);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> waits = IntStream.range(0, 50)
                    .mapToObj(i -> threads.submit(
                            () -> (i % 2 == 0 ? progress : elsewhere).awaitPassed(TOPIC, 0, 4, Duration.ofSeconds(20))))
                    .toList();
            store.advance(step(0, 5));
            for (Future<Boolean> wait : waits) {
                assertThat(wait.get()).isTrue();
            }
        }
        assertThat(elsewhere.awaitPassed(TOPIC, 0, 5, Duration.ofMillis(50))).isFalse();
        assertThat(elsewhere.awaitPassed(TOPIC, 7, -1, Duration.ZERO)).isTrue();
    }
}
