package io.tollgate.billing.daily.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.billing.daily.Slice;
import io.tollgate.billing.daily.SliceUsage.Row;
import io.tollgate.billing.daily.SliceUsage.Whose;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.Span;
import io.tollgate.billing.usage.UsageSamples;
import io.tollgate.billing.usage.postgres.TestStore;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestDatabase;
import io.tollgate.metering.meter.CounterState;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Usage of random slices against a plain sum over the events.
class PostgresSliceUsageIT {
    private static final long SEED = 20261122;
    private static final Instant START = Instant.parse("2026-02-25T00:00:00Z");
    private static final long DAYS = 12;
    private static final List<CountedEvent> EVENTS = new ArrayList<>();
    private static PostgresSliceUsage usage;

    @BeforeAll
    static void store() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 1_500; i++) {
            long micros = random.nextLong(Duration.ofDays(DAYS).toNanos() / 1_000);
            Instant at = START.plus(micros, ChronoUnit.MICROS);
            // Many lie exactly where days and hours end.
            Instant bound = random.nextInt(4) == 0
                    ? at.truncatedTo(random.nextBoolean() ? ChronoUnit.DAYS : ChronoUnit.HOURS)
                    : at;
            EVENTS.add(UsageSamples.event(
                    i,
                    "t" + random.nextInt(4),
                    "m" + random.nextInt(3),
                    Integer.toString(1 + random.nextInt(1_000)),
                    bound.toString()));
        }
        Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());
        TestStore.of(jdbi).store(EVENTS, UsageSamples.hoursOf(EVENTS));
        usage = new PostgresSliceUsage(jdbi);
    }

    private static Map<String, String> read(List<Slice> slices, List<String> meters, Whose whose) {
        List<Row> rows = new ArrayList<>();
        usage.read(UsageSamples.ORGANIZATION, meters, slices, whose, rows::add);
        assertThat(rows).isSortedAccordingTo((one, other) -> one.tenantId().compareTo(other.tenantId()));
        return rows.stream()
                .collect(Collectors.toMap(
                        row -> row.tenantId() + "/" + row.meter() + "/" + row.slice(),
                        row -> text(row.counted()),
                        (one, other) -> "twice",
                        TreeMap::new));
    }

    private static Map<String, String> summed(List<Slice> slices, List<String> meters, Whose whose) {
        Map<String, CounterState> sums = new TreeMap<>();
        for (CountedEvent event : EVENTS) {
            String tenant = event.subject().subject().tenantId().orElseThrow().value();
            for (Slice slice : slices) {
                boolean within = !event.occurredAt().isBefore(slice.span().from())
                        && event.occurredAt().isBefore(slice.span().before());
                if (within
                        && meters.contains(event.meter().value())
                        && whose.tenants().contains(tenant) != whose.others()) {
                    sums.merge(
                            tenant + "/" + event.meter().value() + "/" + slice.number(),
                            CounterState.ZERO.plus(event.quantity(), event.occurredAt(), event.receivedAt(), 0),
                            CounterState::plus);
                }
            }
        }
        return sums.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> text(entry.getValue()), (one, other) -> one, TreeMap::new));
    }

    private static String text(CounterState state) {
        return state.eventCount() + " " + state.sum() + " " + state.min() + " " + state.max();
    }

    @Test
    void usageOfAnySlicesIsTheSumOfTheirEvents() {
        SplittableRandom random = new SplittableRandom(SEED + 1);
        for (int round = 0; round < 60; round++) {
            List<Slice> slices = new ArrayList<>();
            Instant from = START.plusSeconds(random.nextLong(100_000));
            int most = 1 + random.nextInt(6);
            for (int i = 0; i < most; i++) {
                Instant before =
                        from.plus(1 + random.nextLong(Duration.ofDays(3).toNanos() / 1_000), ChronoUnit.MICROS);
                before = switch (random.nextInt(4)) {
                    case 0 -> before.truncatedTo(ChronoUnit.DAYS);
                    case 1 -> before.truncatedTo(ChronoUnit.HOURS);
                    default -> before;
                };
                if (from.isBefore(before)) {
                    slices.add(new Slice(i, new Span(from, before)));
                    from = before;
                }
            }
            List<String> meters = random.nextBoolean() ? List.of("m0", "m2") : List.of("m0", "m1", "m2", "absent");
            Whose whose = new Whose(
                    random.nextBoolean() ? List.of("t1") : List.of("t0", "t2", "absent"), random.nextBoolean());

            assertThat(read(slices, meters, whose))
                    .as("seed %s, round %s: %s of %s", SEED, round, slices, whose)
                    .isEqualTo(summed(slices, meters, whose));
        }
    }

    @Test
    void allOfItIsFound() {
        List<Slice> whole = List.of(new Slice(7, new Span(START, START.plus(Duration.ofDays(DAYS)))));
        Whose everybody = new Whose(List.of(), true);

        Map<String, String> read = read(whole, List.of("m0", "m1", "m2"), everybody);

        assertThat(read).hasSize(12).isEqualTo(summed(whole, List.of("m0", "m1", "m2"), everybody));
    }

    @Test
    void anotherOrganizationHasNothing() {
        List<Row> rows = new ArrayList<>();
        usage.read(
                new OrganizationId("biz_other"),
                List.of("m0"),
                List.of(new Slice(0, new Span(START, START.plus(Duration.ofDays(DAYS))))),
                new Whose(List.of(), true),
                rows::add);

        assertThat(rows).isEmpty();
    }

    @Test
    void theLastQuantityIsThatOfTheLatestEvent() {
        Instant before = START.plus(Duration.ofDays(5));
        CountedEvent latest = EVENTS.stream()
                .filter(event -> event.subject().equals(UsageSamples.tenant("t1"))
                        && event.meter().value().equals("m1")
                        && event.occurredAt().isBefore(before))
                .reduce((one, other) -> other.occurredAt().isBefore(one.occurredAt()) ? one : other)
                .orElseThrow();

        assertThat(usage.last(UsageSamples.ORGANIZATION, "t1", "m1", new Span(START, before)))
                .hasValueSatisfying(quantity -> assertThat(quantity).isEqualByComparingTo(latest.quantity()));
        assertThat(usage.last(UsageSamples.ORGANIZATION, "nobody", "m1", new Span(START, before)))
                .isEmpty();
    }
}
