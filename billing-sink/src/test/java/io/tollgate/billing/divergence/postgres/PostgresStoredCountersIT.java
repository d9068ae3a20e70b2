package io.tollgate.billing.divergence.postgres;

import static io.tollgate.billing.usage.UsageSamples.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.billing.divergence.HourCounter;
import io.tollgate.billing.divergence.Owned;
import io.tollgate.billing.divergence.Stored;
import io.tollgate.billing.divergence.Sum;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.UsageSamples;
import io.tollgate.billing.usage.postgres.TestStore;
import io.tollgate.contract.OrganizationId;
import io.tollgate.control.fixture.TestDatabase;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class PostgresStoredCountersIT {
    private final Jdbi jdbi = TestDatabase.jdbi(TestDatabase.fresh());
    private final PostgresStoredCounters counters = new PostgresStoredCounters(jdbi);

    private static HourCounter hour(String tenant, String start) {
        return new HourCounter(UsageSamples.tenant(tenant), "m", Instant.parse(start));
    }

    private void store(List<CountedEvent> events, List<CountedEvent> counted) {
        TestStore.of(jdbi).store(events, UsageSamples.hoursOf(counted));
    }

    @Test
    void countersAndEventsWithoutOneAreSampled() {
        List<CountedEvent> counted = List.of(
                event(1, "a", "m", "1", "2026-03-01T10:00:00Z"),
                event(2, "a", "m", "1", "2026-03-01T10:59:59.999999Z"),
                event(3, "b", "m", "1", "2026-03-01T11:00:00Z"));
        List<CountedEvent> events = new ArrayList<>(counted);
        events.add(event(4, "c", "m", "1", "2026-03-01T12:30:00Z"));
        store(events, counted);

        assertThat(counters.sample(100, Optional.empty()))
                .containsExactlyInAnyOrder(
                        hour("a", "2026-03-01T10:00:00Z"),
                        hour("b", "2026-03-01T11:00:00Z"),
                        hour("c", "2026-03-01T12:00:00Z"));
        assertThat(counters.sample(2, Optional.of(UsageSamples.ORGANIZATION))).hasSize(2);
        assertThat(counters.sample(100, Optional.of(new OrganizationId("biz_other"))))
                .isEmpty();
    }

    private String plan(String sample) {
        List<String> lines = jdbi.withHandle(handle -> handle.createQuery("EXPLAIN " + sample)
                .bind("only", UsageSamples.ORGANIZATION.value())
                .bind("starts", PostgresStoredCounters.STARTS)
                .bind("limit", 20)
                .mapTo(String.class)
                .list());
        return String.join("\n", lines);
    }

    @Test
    void sampleOfOneOrganizationIsReadFromItsIndex() {
        List<CountedEvent> events = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            events.add(event(
                    i,
                    "t" + i % 7,
                    "m",
                    "1",
                    Instant.parse("2026-03-01T10:00:00Z")
                            .plusSeconds(1_800L * i)
                            .toString()));
        }
        store(events, events);
        jdbi.useHandle(handle -> handle.execute("""
                INSERT INTO counters SELECT 'biz_other', 'tenant:' || n, 'm', 'HOUR', TIMESTAMPTZ '2026-03-01Z', TIMESTAMPTZ '2026-03-01Z', 1, 1,
                    1, 1, 0, 0, 0, 0, now() FROM generate_series(1, 100000) AS n
                """));
        jdbi.useHandle(handle -> handle.execute("ANALYZE"));

        assertThat(counters.sample(1_000, Optional.of(UsageSamples.ORGANIZATION)))
                .hasSize(300);
        assertThat(counters.sample(20, Optional.of(UsageSamples.ORGANIZATION)))
                .hasSize(20)
                .doesNotHaveDuplicates();
        assertThat(plan(PostgresStoredCounters.STORED_OF_ONE))
                .contains("Index")
                .doesNotContain("Seq Scan", "Sample Scan");
        assertThat(plan(PostgresStoredCounters.SEEN_OF_ONE)).contains("Index").doesNotContain("Sample Scan");
    }

    /// Events after the place up to which the owner has counted are not its business yet.
    @Test
    void sumsStopWhereTheOwnerHadCounted() {
        List<CountedEvent> events = List.of(
                event(1, "a", "m", "1.5", "2026-03-01T10:00:00Z"),
                event(2, "a", "m", "2", "2026-03-01T10:30:00Z"),
                event(3, "a", "m", "4", "2026-03-01T10:30:00Z"),
                event(4, "a", "other", "8", "2026-03-01T10:30:00Z"),
                event(5, "a", "m", "16", "2026-03-01T11:00:00Z"));
        store(events, events);
        HourCounter ten = hour("a", "2026-03-01T10:00:00Z");
        HourCounter noon = hour("a", "2026-03-01T12:00:00Z");
        Owned owned = new Owned(Sum.NOTHING, 0, 2);

        Map<HourCounter, Stored> stored = counters.read(Map.of(ten, owned, noon, owned));

        assertThat(stored).containsOnlyKeys(ten, noon);
        Stored found = stored.get(ten);
        assertThat(found.events().eventCount()).isEqualTo(2);
        assertThat(found.events().quantity()).isEqualByComparingTo(new BigDecimal("3.5"));
        assertThat(found.counter().orElseThrow().sum().quantity()).isEqualByComparingTo(new BigDecimal("7.5"));
        assertThat(found.counter().orElseThrow().offset()).isEqualTo(3);
        assertThat(stored.get(noon).events().eventCount()).isZero();
        assertThat(stored.get(noon).counter()).isEmpty();
    }
}
