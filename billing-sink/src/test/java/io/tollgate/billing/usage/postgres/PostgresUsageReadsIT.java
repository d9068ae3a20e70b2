package io.tollgate.billing.usage.postgres;

import static io.tollgate.billing.usage.UsageSamples.event;
import static io.tollgate.billing.usage.UsageSamples.withMetadata;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.Dimension;
import io.tollgate.billing.usage.EventCursor;
import io.tollgate.billing.usage.EventPage;
import io.tollgate.billing.usage.EventQuery;
import io.tollgate.billing.usage.FoundEvent;
import io.tollgate.billing.usage.Grouping;
import io.tollgate.billing.usage.LogPlace;
import io.tollgate.billing.usage.MetadataFilter;
import io.tollgate.billing.usage.RefusedEvent;
import io.tollgate.billing.usage.RejectedCursor;
import io.tollgate.billing.usage.RejectedPage;
import io.tollgate.billing.usage.RejectedQuery;
import io.tollgate.billing.usage.RowKey;
import io.tollgate.billing.usage.Span;
import io.tollgate.billing.usage.StoredEvent;
import io.tollgate.billing.usage.UsageOutcome;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageRow;
import io.tollgate.billing.usage.UsageSamples;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class PostgresUsageReadsIT {
    private static final List<String> METADATA =
            List.of("{\"region\":\"eu\",\"n\":1}", "{\"region\":\"us\"}", "{\"region\":\"\",\"n\":2}");

    private final Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());
    private final PostgresUsageStore store =
            new PostgresUsageStore(jdbi, new PostgresSinkProgress(jdbi), InstantSource.system());
    private final PostgresUsageReads reads = new PostgresUsageReads(jdbi);

    private PostgresUsageReads readingAtMost(long rows) {
        return new PostgresUsageReads(jdbi, rows, 2, 20_000);
    }

    private void store(List<CountedEvent> events) {
        store.positions("events", List.of(0));
        store.positions("windows", List.of(0));
        store.storeEvents(events, List.of(new Advance("events", 0, 0, 1)));
        store.storeCounters(UsageSamples.hoursOf(events), List.of(new Advance("windows", 0, 0, 1)));
    }

    private static EventQuery query(int limit, Optional<EventCursor> after) {
        return new EventQuery(
                UsageSamples.ORGANIZATION,
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                limit,
                after);
    }

    @Test
    void pagesAreTheListWithoutGapOrRepetition() {
        List<CountedEvent> events = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            // Three events in each second: the cursor must tell events of the same time apart.
            events.add(event(
                    i,
                    "t",
                    "m",
                    "1",
                    Instant.ofEpochSecond(1_700_000_000L + i / 3).toString()));
        }
        store(events);

        List<StoredEvent> listed = new ArrayList<>();
        Optional<EventCursor> after = Optional.empty();
        do {
            EventPage page = reads.events(query(4, after)).orElseThrow();
            assertThat(page.total()).isEqualTo(25);
            listed.addAll(page.events());
            after = page.next();
        } while (after.isPresent());

        assertThat(listed).hasSize(25);
        assertThat(listed)
                .isSortedAccordingTo(Comparator.comparing(StoredEvent::occurredAt)
                        .thenComparing(StoredEvent::id)
                        .reversed());
        assertThat(listed).extracting(StoredEvent::id).doesNotHaveDuplicates();
    }

    @Test
    void filtersRestrictEventsAndTotal() {
        store(List.of(
                event(1, "a", "x", "1", "2026-03-01T10:00:00Z"),
                event(2, "a", "y", "1", "2026-03-01T11:00:00Z"),
                event(3, "b", "x", "1", "2026-03-01T12:00:00Z")));

        EventPage page = reads.events(new EventQuery(
                        UsageSamples.ORGANIZATION,
                        List.of("a"),
                        List.of("x", "y"),
                        Optional.of(Instant.parse("2026-03-01T10:00:00Z")),
                        Optional.of(Instant.parse("2026-03-01T11:00:00Z")),
                        Optional.of("ACCEPTED"),
                        10,
                        Optional.empty()))
                .orElseThrow();

        assertThat(page.total()).isEqualTo(1);
        assertThat(page.events()).extracting(StoredEvent::meter).containsExactly("x");
        assertThat(reads.events(new EventQuery(
                                new OrganizationId("biz_other"),
                                List.of(),
                                List.of(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                10,
                                Optional.empty()))
                        .orElseThrow()
                        .total())
                .isZero();
    }

    /// Any range, grouping, window, filter and zone: what the database adds up from hours and edges equals a plain sum
    /// over the events.
    @Test
    void usageIsExactForAnyQuestion() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<CountedEvent> events = new ArrayList<>();
        long start = Instant.parse("2026-03-27T00:00:00Z").getEpochSecond();
        for (int i = 0; i < 600; i++) {
            CountedEvent event = event(
                    i,
                    "t" + random.nextInt(4),
                    "m" + random.nextInt(3),
                    new BigDecimal(random.nextInt(1, 5_000_000))
                            .movePointLeft(6)
                            .toPlainString(),
                    Instant.ofEpochSecond(start + random.nextInt(5 * 86_400), random.nextInt(1_000_000) * 1_000L)
                            .toString());
            events.add(random.nextInt(4) == 0 ? event : withMetadata(event, METADATA.get(random.nextInt(3))));
        }
        store(events);
        List<ZoneId> zones = List.of(
                ZoneId.of("UTC"),
                ZoneId.of("Europe/Berlin"),
                ZoneId.of("Asia/Kolkata"),
                ZoneId.of("Pacific/Chatham"),
                ZoneId.of("Australia/Lord_Howe"));
        List<String> groupings = List.of(
                "event_type",
                "tenant",
                "day",
                "day,event_type",
                "tenant,event_type",
                "metadata.region",
                "event_type,metadata.region,metadata.n");
        List<Optional<WindowSize>> windows = List.of(
                Optional.empty(),
                Optional.of(WindowSize.MINUTE),
                Optional.of(WindowSize.HOUR),
                Optional.of(WindowSize.DAY),
                Optional.of(WindowSize.MONTH));
        for (int i = 0; i < 150; i++) {
            Grouping grouping = Grouping.ofWords(groupings.get(random.nextInt(groupings.size())))
                    .orElseThrow();
            Instant from =
                    Instant.ofEpochSecond(start + random.nextInt(5 * 86_400), random.nextInt(1_000_000) * 1_000L);
            UsageQuery query = new UsageQuery(
                    UsageSamples.ORGANIZATION,
                    random.nextBoolean() ? List.of() : List.of("t1", "t3"),
                    random.nextBoolean() ? List.of() : List.of("m2"),
                    random.nextInt(3) > 0 ? List.of() : List.of(new MetadataFilter("region", List.of("eu", "us"))),
                    grouping,
                    grouping.byDay() ? Optional.empty() : windows.get(random.nextInt(windows.size())),
                    new Span(from, from.plusSeconds(random.nextInt(1, 3 * 86_400))),
                    zones.get(random.nextInt(zones.size())),
                    1_000,
                    Optional.empty());

            List<UsageRow> rows = rows(reads.usage(query));

            assertThat(rows).as("seed " + seed + ", " + query).isEqualTo(plain(events, query));
            if (!rows.isEmpty()) {
                int place = random.nextInt(rows.size());
                assertThat(rows(reads.usage(after(query, rows.get(place).key()))))
                        .as("the rest, seed " + seed + ", " + query)
                        .isEqualTo(rows.subList(place + 1, rows.size()));
            }
        }
    }

    /// Rows may be about parts of hours, at both ends.
    @Test
    void lastIsExactForAnyQuestion() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<CountedEvent> events = new ArrayList<>();
        Instant start = Instant.parse("2026-03-27T00:00:00Z");
        for (int i = 0; i < 400; i++) {
            CountedEvent event = event(
                    i,
                    "t" + random.nextInt(3),
                    "m" + random.nextInt(2),
                    Integer.toString(i + 1),
                    start.plusSeconds(60L * random.nextInt(36 * 60)).toString());
            events.add(random.nextInt(4) == 0 ? event : withMetadata(event, METADATA.get(random.nextInt(3))));
        }
        store(events);
        List<String> groupings = List.of(
                "event_type", "tenant,event_type", "day,event_type", "event_type,metadata.region", "tenant", "day");
        for (int i = 0; i < 150; i++) {
            Grouping grouping = Grouping.ofWords(groupings.get(random.nextInt(groupings.size())))
                    .orElseThrow();
            Instant from = start.plusSeconds(60L * random.nextInt(30 * 60));
            Span period = new Span(from, from.plusSeconds(60L * random.nextInt(1, 12 * 60)));
            UsageQuery query = new UsageQuery(
                    UsageSamples.ORGANIZATION,
                    random.nextBoolean() ? List.of() : List.of("t1"),
                    random.nextBoolean() ? List.of() : List.of("m1"),
                    random.nextInt(3) > 0 ? List.of() : List.of(new MetadataFilter("region", List.of("eu"))),
                    grouping,
                    Optional.empty(),
                    period,
                    ZoneId.of("UTC"),
                    1_000,
                    Optional.empty());
            List<RowKey> keys =
                    rows(reads.usage(query)).stream().map(UsageRow::key).toList();
            List<Span> spans = keys.stream()
                    .map(key -> grouping.byDay()
                            ? within(period, LocalDate.parse(key.names().getFirst()))
                            : period)
                    .toList();

            List<Optional<BigDecimal>> expected = new ArrayList<>();
            for (int row = 0; row < keys.size(); row++) {
                RowKey key = keys.get(row);
                expected.add(events.stream()
                        .filter(event -> plain(List.of(event), query).stream()
                                .anyMatch(one -> one.key().equals(key)))
                        .max(Comparator.comparing(CountedEvent::occurredAt)
                                .thenComparing(event -> event.place().offset())
                                .thenComparing(event -> event.place().index()))
                        .map(event -> event.quantity().setScale(6)));
            }
            assertThat(reads.last(query, keys, spans).orElseThrow())
                    .as("seed " + seed + ", " + query)
                    .isEqualTo(expected);
        }
    }

    private static Span within(Span period, LocalDate day) {
        Instant from = day.atStartOfDay(ZoneOffset.UTC).toInstant();
        Instant before = day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        return new Span(
                from.isAfter(period.from()) ? from : period.from(),
                before.isBefore(period.before()) ? before : period.before());
    }

    @Test
    void subjectsAreThoseWithUsageInThePeriod() {
        store(List.of(
                event(1, "a", "x", "1", "2026-03-01T10:00:00Z"),
                event(2, "b", "x", "1", "2026-03-01T11:30:00Z"),
                event(3, "c", "x", "1", "2026-03-01T12:00:00Z"),
                event(4, "c", "y", "1", "2026-03-01T10:30:00Z")));
        Span period = new Span(Instant.parse("2026-03-01T10:00:00Z"), Instant.parse("2026-03-01T11:40:00Z"));
        Span longer = new Span(period.from(), Instant.parse("2026-03-01T12:01:00Z"));

        assertThat(reads.subjects(plainly(List.of(), period), Set.of("x")))
                .hasValue(Map.of("x", Set.of(new SubjectId("tenant:a"), new SubjectId("tenant:b"))));
        assertThat(readingAtMost(100).subjects(plainly(List.of(), longer), Set.of("x")))
                .as("more than can be told apart")
                .isEmpty();
    }

    @Test
    void whatTakesTooLongIsTooMuch() {
        store(List.of(event(1, "a", "x", "1", "2026-03-01T10:00:00Z")));
        PostgresUsageReads impatient = new PostgresUsageReads(jdbi, 10, 10, 50);
        UsageQuery query = plainly(
                List.of(), new Span(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-03-02T00:00:00Z")));

        try (Handle holding = jdbi.open()) {
            holding.begin();
            holding.execute("LOCK TABLE usage_events, counters IN ACCESS EXCLUSIVE MODE");

            assertThat(impatient.usage(query)).isEqualTo(new UsageOutcome.TooMuch(10));
            assertThat(impatient.subjects(query, Set.of("x"))).isEmpty();
            assertThat(impatient.last(
                            query, List.of(new RowKey(List.of("x"), Optional.empty())), List.of(query.period())))
                    .isEmpty();
            assertThat(impatient.events(query(10, Optional.empty()))).isEmpty();
            holding.rollback();
        }
    }

    private static UsageQuery after(UsageQuery query, RowKey key) {
        return new UsageQuery(
                query.organizationId(),
                query.tenants(),
                query.meters(),
                query.filters(),
                query.grouping(),
                query.window(),
                query.period(),
                query.zone(),
                query.limit(),
                Optional.of(key));
    }

    private static List<UsageRow> rows(UsageOutcome outcome) {
        assertThat(outcome).isInstanceOf(UsageOutcome.Rows.class);
        return ((UsageOutcome.Rows) outcome).rows();
    }

    private static List<UsageRow> plain(List<CountedEvent> events, UsageQuery query) {
        Comparator<RowKey> order = Comparator.comparing((RowKey key) -> String.join("\0", key.names()))
                .thenComparing(key -> key.window().orElse(Instant.EPOCH));
        TreeMap<RowKey, CounterState> rows = new TreeMap<>(order);
        for (CountedEvent event : events) {
            String tenant = tenant(event);
            boolean wanted = !event.occurredAt().isBefore(query.period().from())
                    && event.occurredAt().isBefore(query.period().before())
                    && (query.tenants().isEmpty() || query.tenants().contains(tenant))
                    && (query.meters().isEmpty()
                            || query.meters().contains(event.meter().value()))
                    && query.filters().stream()
                            .allMatch(filter -> member(event, filter.key())
                                    .filter(filter.values()::contains)
                                    .isPresent());
            if (wanted) {
                RowKey key = new RowKey(
                        query.grouping().dimensions().stream()
                                .map(dimension -> name(dimension, event, query.zone()))
                                .toList(),
                        query.window()
                                .map(size -> Window.containing(event.occurredAt(), size, query.zone())
                                        .start()));
                CounterState before = rows.getOrDefault(key, CounterState.ZERO);
                CounterState after = before.plus(event.quantity(), event.occurredAt(), event.occurredAt(), -1);
                rows.put(
                        key,
                        new CounterState(after.eventCount(), after.sum(), after.min(), after.max(), null, 0, 0, -1));
            }
        }
        return rows.entrySet().stream()
                .map(row -> new UsageRow(row.getKey(), row.getValue()))
                .toList();
    }

    private static String name(Dimension dimension, CountedEvent event, ZoneId zone) {
        return switch (dimension) {
            case Dimension.EventType meter -> event.meter().value();
            case Dimension.Tenant tenant -> tenant(event);
            case Dimension.Day day ->
                LocalDate.ofInstant(event.occurredAt(), zone).toString();
            case Dimension.Metadata metadata ->
                member(event, metadata.key()).map(value -> "=" + value).orElse("");
        };
    }

    private static String tenant(CountedEvent event) {
        return event.subject().subject().tenantId().orElseThrow().value();
    }

    private static Optional<String> member(CountedEvent event, String key) {
        return event.metadata().flatMap(text -> {
            int at = text.indexOf("\"" + key + "\":");
            if (at < 0) {
                return Optional.empty();
            }
            String rest = text.substring(at + key.length() + 3);
            return Optional.of(rest.substring(0, rest.indexOf(rest.contains(",") ? ',' : '}'))
                    .replace("\"", ""));
        });
    }

    @Test
    void moreThanOneRequestMayReadIsNotRead() {
        store(List.of(
                event(1, "a", "x", "1", "2026-03-01T10:00:00Z"),
                event(2, "a", "x", "1", "2026-03-01T11:00:00Z"),
                event(3, "b", "x", "1", "2026-03-01T11:30:00Z")));
        PostgresUsageReads two = readingAtMost(2);
        Span hours = new Span(Instant.parse("2026-03-01T10:00:00Z"), Instant.parse("2026-03-01T12:00:00Z"));
        Span lastHour = new Span(Instant.parse("2026-03-01T11:00:00Z"), Instant.parse("2026-03-01T12:00:00Z"));

        assertThat(two.usage(plainly(List.of(), hours))).isEqualTo(new UsageOutcome.TooMuch(2));
        assertThat(rows(two.usage(plainly(List.of(), lastHour)))).hasSize(1);
        assertThat(rows(two.usage(plainly(List.of("a"), hours)))).hasSize(1);
    }

    @Test
    void moreEventsThanCanBeCountedAreAddedUpFromHours() {
        List<CountedEvent> events = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            events.add(event(i, "t" + i % 2, "m", "1", "2026-03-0" + (1 + i % 3) + "T10:00:00Z"));
        }
        store(events);
        PostgresUsageReads six = readingAtMost(6);
        PostgresUsageReads five = readingAtMost(5);

        EventPage page = six.events(query(4, Optional.empty())).orElseThrow();
        assertThat(page.total()).isEqualTo(9);
        assertThat(page.events()).hasSize(4);
        assertThat(page.next()).isPresent();
        // There are six hours of a tenant's meter.
        assertThat(five.events(query(4, Optional.empty()))).isEmpty();
    }

    private static UsageQuery plainly(List<String> tenants, Span period) {
        return new UsageQuery(
                UsageSamples.ORGANIZATION,
                tenants,
                List.of(),
                List.of(),
                Grouping.BY_METER,
                Optional.empty(),
                period,
                ZoneId.of("UTC"),
                10,
                Optional.empty());
    }

    /// The latest by event time, and of the same time the later in the log.
    @Test
    void lastIsTheLatestOfEachRow() {
        store(List.of(
                event(1, "a", "x", "7", "2026-03-01T12:00:00Z"),
                event(2, "a", "x", "8", "2026-03-01T10:30:00Z"),
                event(3, "b", "x", "5", "2026-03-01T12:00:00Z"),
                event(4, "b", "y", "9", "2026-03-01T12:30:00Z")));
        Span day = new Span(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-03-02T00:00:00Z"));
        Span morning = new Span(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-03-01T12:00:00Z"));
        RowKey x = new RowKey(List.of("x"), Optional.empty());
        RowKey none = new RowKey(List.of("none"), Optional.empty());

        assertThat(reads.last(plainly(List.of(), day), List.of(x, none, x), List.of(day, day, morning))
                        .orElseThrow())
                .containsExactly(
                        Optional.of(new BigDecimal("5.000000")),
                        Optional.empty(),
                        Optional.of(new BigDecimal("8.000000")));
        assertThat(reads.last(plainly(List.of("a"), day), List.of(x), List.of(day))
                        .orElseThrow())
                .containsExactly(Optional.of(new BigDecimal("7.000000")));
    }

    @Test
    void anEventIsFoundByItsIdWithinItsOrganization() {
        CountedEvent stored = event(1, "a", "x", "1", "2026-03-01T10:00:00Z");
        store(List.of(stored));
        store.positions("rejected", List.of(0));
        store.storeRejected(List.of(refused(9, "QUOTA_BACKSTOP")), List.of(new Advance("rejected", 0, 0, 1)));

        assertThat(reads.event(UsageSamples.ORGANIZATION, stored.id().value()))
                .hasValueSatisfying(found -> assertThat(found.event().status()).isEqualTo("ACCEPTED"));
        assertThat(reads.event(UsageSamples.ORGANIZATION, "evt_9")).hasValueSatisfying(found -> {
            assertThat(found.event().status()).isEqualTo("REJECTED");
            assertThat(found.rejection()).hasValue(new FoundEvent.Rejection("QUOTA_BACKSTOP", "no room"));
        });
        assertThat(reads.event(new OrganizationId("biz_other"), stored.id().value()))
                .isEmpty();
        assertThat(reads.event(UsageSamples.ORGANIZATION, "evt_none")).isEmpty();
    }

    @Test
    void pagesOfRejectedEventsAreTheListWithoutGapOrRepetition() {
        List<RefusedEvent> refused = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            refused.add(refused(i, i % 2 == 0 ? "LATE" : "QUOTA_BACKSTOP"));
        }
        store.positions("rejected", List.of(0));
        store.storeRejected(refused, List.of(new Advance("rejected", 0, 0, 1)));

        List<String> listed = new ArrayList<>();
        Optional<RejectedCursor> after = Optional.empty();
        do {
            RejectedPage page = reads.rejected(rejected(List.of(), after));
            page.events().forEach(event -> listed.add(event.event().id()));
            after = page.next().map(cursor -> RejectedCursor.fromText(cursor.toText()));
        } while (after.isPresent());

        assertThat(listed).hasSize(11).doesNotHaveDuplicates();
        assertThat(listed.getFirst()).isEqualTo("evt_10");
        assertThat(reads.rejected(rejected(List.of("LATE"), Optional.empty())).events())
                .hasSize(4)
                .allSatisfy(event -> assertThat(event.rejection().reason()).isEqualTo("LATE"));
    }

    private static RejectedQuery rejected(List<String> reasons, Optional<RejectedCursor> after) {
        return new RejectedQuery(
                UsageSamples.ORGANIZATION, List.of(), reasons, Optional.empty(), Optional.empty(), 4, after);
    }

    /// Three were rejected in the same instant: the cursor must tell them apart.
    private static RefusedEvent refused(int number, String reason) {
        Instant at = Instant.ofEpochSecond(1_700_000_000L + number / 3);
        return new RefusedEvent(
                "evt_" + number,
                UsageSamples.ORGANIZATION.value(),
                "tenant:a",
                "x",
                BigDecimal.ONE,
                at,
                at,
                at,
                reason,
                "no room",
                Optional.empty(),
                Optional.empty(),
                new LogPlace(0, number, 0));
    }
}
