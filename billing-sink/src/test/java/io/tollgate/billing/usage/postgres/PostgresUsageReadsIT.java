package io.tollgate.billing.usage.postgres;

import static io.tollgate.billing.usage.UsageSamples.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.Coverage;
import io.tollgate.billing.usage.EventCursor;
import io.tollgate.billing.usage.EventPage;
import io.tollgate.billing.usage.EventQuery;
import io.tollgate.billing.usage.Grouping;
import io.tollgate.billing.usage.Span;
import io.tollgate.billing.usage.StoredEvent;
import io.tollgate.billing.usage.UsageQuery;
import io.tollgate.billing.usage.UsageRow;
import io.tollgate.billing.usage.UsageSamples;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestDatabase;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class PostgresUsageReadsIT {
    private final Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());
    private final PostgresUsageStore store =
            new PostgresUsageStore(jdbi, new PostgresSinkProgress(jdbi), InstantSource.system());
    private final PostgresUsageReads reads = new PostgresUsageReads(jdbi);

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
            EventPage page = reads.events(query(4, after));
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
                Optional.empty()));

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
                        .total())
                .isZero();
    }

    /// Any range, grouping and zone: what the database adds up from hours and edges equals a plain sum over the events.
    @Test
    void usageIsExactForAnyRange() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<CountedEvent> events = new ArrayList<>();
        long start = Instant.parse("2026-03-27T00:00:00Z").getEpochSecond();
        for (int i = 0; i < 600; i++) {
            events.add(event(
                    i,
                    "t" + random.nextInt(4),
                    "m" + random.nextInt(3),
                    new BigDecimal(random.nextInt(1, 5_000_000))
                            .movePointLeft(6)
                            .toPlainString(),
                    Instant.ofEpochSecond(start + random.nextInt(5 * 86_400), random.nextInt(1_000_000) * 1_000L)
                            .toString()));
        }
        store(events);
        List<ZoneId> zones = List.of(
                ZoneId.of("UTC"),
                ZoneId.of("Europe/Berlin"),
                ZoneId.of("Asia/Kolkata"),
                ZoneId.of("Pacific/Chatham"),
                ZoneId.of("Australia/Lord_Howe"));
        for (int i = 0; i < 100; i++) {
            ZoneId zone = zones.get(random.nextInt(zones.size()));
            Grouping grouping = Grouping.values()[random.nextInt(3)];
            Instant from =
                    Instant.ofEpochSecond(start + random.nextInt(5 * 86_400), random.nextInt(1_000_000) * 1_000L);
            Span span = new Span(from, from.plusSeconds(random.nextInt(1, 3 * 86_400)));
            Set<String> tenants = random.nextBoolean() ? Set.of() : Set.of("t1", "t3");
            Set<String> meters = random.nextBoolean() ? Set.of() : Set.of("m2");

            List<UsageRow> rows = reads.usage(new UsageQuery(
                    UsageSamples.ORGANIZATION,
                    List.copyOf(tenants),
                    List.copyOf(meters),
                    grouping,
                    grouping == Grouping.DAY ? Coverage.byDay(span, zone) : Coverage.of(span, ""),
                    1_000,
                    Optional.empty()));

            assertThat(rows)
                    .as("seed " + seed + ", " + grouping + ", " + zone + ", " + span)
                    .isEqualTo(plainSum(events, span, name(grouping, zone), tenants, meters));
        }
    }

    private static Function<CountedEvent, String> name(Grouping grouping, ZoneId zone) {
        return switch (grouping) {
            case EVENT_TYPE -> event -> event.meter().value();
            case TENANT ->
                event -> event.subject().subject().tenantId().orElseThrow().value();
            case DAY -> event -> LocalDate.ofInstant(event.occurredAt(), zone).toString();
        };
    }

    private static List<UsageRow> plainSum(
            List<CountedEvent> events,
            Span span,
            Function<CountedEvent, String> name,
            Set<String> tenants,
            Set<String> meters) {
        TreeMap<String, UsageRow> sums = new TreeMap<>();
        for (CountedEvent event : events) {
            Set<String> tenant = new HashSet<>(
                    Set.of(event.subject().subject().tenantId().orElseThrow().value()));
            boolean wanted = !event.occurredAt().isBefore(span.from())
                    && event.occurredAt().isBefore(span.before())
                    && (tenants.isEmpty() || tenants.containsAll(tenant))
                    && (meters.isEmpty() || meters.contains(event.meter().value()));
            if (wanted) {
                sums.merge(
                        name.apply(event),
                        new UsageRow(name.apply(event), event.quantity(), 1),
                        (a, b) -> new UsageRow(
                                a.name(), a.totalQuantity().add(b.totalQuantity()), a.eventCount() + b.eventCount()));
            }
        }
        return new ArrayList<>(sums.values());
    }

    @Test
    void rowsAfterANameAreTheRest() {
        store(List.of(
                event(1, "a", "x", "1", "2026-03-01T10:00:00Z"),
                event(2, "b", "x", "1", "2026-03-01T10:30:00Z"),
                event(3, "c", "x", "1", "2026-03-01T12:00:00Z")));
        Span span = new Span(Instant.parse("2026-03-01T10:00:00Z"), Instant.parse("2026-03-02T00:00:00Z"));

        List<UsageRow> rows = reads.usage(new UsageQuery(
                UsageSamples.ORGANIZATION,
                List.of(),
                List.of(),
                Grouping.TENANT,
                Coverage.of(span, ""),
                1,
                Optional.of("a")));

        assertThat(rows).extracting(UsageRow::name).containsExactly("b");
    }
}
