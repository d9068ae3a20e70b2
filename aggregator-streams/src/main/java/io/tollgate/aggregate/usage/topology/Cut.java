package io.tollgate.aggregate.usage.topology;

import io.tollgate.event.CounterCut;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.quota.store.Counter;
import io.tollgate.quota.store.CounterKey;
import io.tollgate.quota.store.Counters;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;

/// Makes counters of a subject begin anew, from a place in the log on.
///
/// @param subjectKey whose counters
/// @param zone in which days, months and years are counted
/// @param at append time of the cut
/// @param offset of the cut
record Cut(Counters counters, String subjectKey, ZoneId zone, Instant at, long offset) {
    /// Windows that count what is left of a period after a cut in it.
    static final List<WindowSize> REST_OF_PERIOD =
            List.of(WindowSize.DAY_SINCE, WindowSize.MONTH_SINCE, WindowSize.YEAR_SINCE);

    /// Meters that are read at a time.
    private static final int PAGE = 1_000;

    void make(CounterCut cut) {
        switch (cut.getKind()) {
            case BILLING_RESET -> {
                List<String> meters = counters.metersOf(subjectKey, "", PAGE);
                while (!meters.isEmpty()) {
                    meters.forEach(this::reset);
                    meters = counters.metersOf(subjectKey, meters.getLast(), PAGE);
                }
            }
            case METER_DELETED -> {
                String meter = cut.getMeter();
                if (meter != null) {
                    delete(meter);
                }
            }
            // Of a later release: what it begins anew is not counted here.
            case UNKNOWN -> {}
        }
    }

    private void reset(String meter) {
        CounterKey key = key(meter, lifetime());
        Counter lifetime = counters.counter(key).orElseGet(() -> composed(meter));
        counters.put(key, new Counter(lifetime.window(), lifetime.state(), at, lifetime.since()));
        beginAnew(meter);
    }

    /// A meter of an older release has months and no lifetime yet.
    private Counter composed(String meter) {
        return Counter.empty(lifetime())
                .with(counters.countersOf(subjectKey, meter, WindowSize.MONTH).stream()
                        .map(Counter::state)
                        .reduce(CounterState.ZERO, CounterState::plus));
    }

    private void delete(String meter) {
        counters.put(key(meter, lifetime()), new Counter(lifetime(), CounterState.ZERO, at, offset));
        beginAnew(meter);
        for (Counter flush : counters.countersOf(subjectKey, meter, WindowSize.FLUSH)) {
            counters.remove(key(meter, flush.window()));
        }
    }

    private void beginAnew(String meter) {
        put(meter, Window.containing(at, WindowSize.CYCLE, zone));
        REST_OF_PERIOD.forEach(size -> put(meter, Window.containing(at, size, zone)));
    }

    private void put(String meter, Window window) {
        counters.put(key(meter, window), new Counter(window, CounterState.ZERO, at, offset));
    }

    private Window lifetime() {
        return Window.containing(at, WindowSize.LIFETIME, zone);
    }

    private CounterKey key(String meter, Window window) {
        return new CounterKey(subjectKey, meter, window.size(), window.start());
    }
}
