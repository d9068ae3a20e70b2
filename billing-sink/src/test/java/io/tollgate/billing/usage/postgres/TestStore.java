package io.tollgate.billing.usage.postgres;

import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.CounterValue;
import java.time.InstantSource;
import java.util.List;
import org.jdbi.v3.core.Jdbi;

/// Rows as the sink writes them.
public final class TestStore {
    private final PostgresUsageStore store;

    private TestStore(PostgresUsageStore store) {
        this.store = store;
        store.positions("events", List.of(0));
        store.positions("windows", List.of(0));
    }

    public static TestStore of(Jdbi jdbi) {
        return new TestStore(new PostgresUsageStore(jdbi, new PostgresSinkProgress(jdbi), InstantSource.system()));
    }

    /// Once per store.
    public void store(List<CountedEvent> events, List<CounterValue> counters) {
        store.storeEvents(events, List.of(new Advance("events", 0, 0, 1)));
        store.storeCounters(counters, List.of(new Advance("windows", 0, 0, 1)));
    }
}
