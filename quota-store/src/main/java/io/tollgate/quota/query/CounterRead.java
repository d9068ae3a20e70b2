package io.tollgate.quota.query;

import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.quota.store.Counter;
import io.tollgate.quota.store.CounterKey;
import io.tollgate.quota.store.CounterReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A question about one subject's counters that its owner can answer alone.
public sealed interface CounterRead {
    /// Most meters that one page answers with.
    int PAGE_MAX = 1_000;

    /// Record key of the subject, `organization/subject`.
    String subjectKey();

    /// Answers from the owner's counters; nothing where nothing was ever counted.
    List<MeterReading> from(CounterReader counters);

    /// Everything ever counted for a meter.
    record Total(String subjectKey, String meter) implements CounterRead {
        @Override
        public List<MeterReading> from(CounterReader counters) {
            return total(counters, subjectKey, meter)
                    .map(state -> List.of(new MeterReading(meter, Optional.empty(), state)))
                    .orElse(List.of());
        }
    }

    /// What is counted for a meter in the window of `size` that starts at `start`.
    record InWindow(String subjectKey, String meter, WindowSize size, Instant start) implements CounterRead {
        @Override
        public List<MeterReading> from(CounterReader counters) {
            Optional<Counter> counter = counters.counter(new CounterKey(subjectKey, meter, size, start));
            return counter.map(found -> List.of(new MeterReading(meter, Optional.of(found.window()), found.state())))
                    .orElse(List.of());
        }
    }

    /// Everything ever counted for each of the subject's meters, in the stored order, after `after` (exclusive).
    record AllMeters(String subjectKey, String after, int limit) implements CounterRead {
        public AllMeters {
            if (limit < 1 || limit > PAGE_MAX) {
                throw new IllegalArgumentException("a page has 1 to " + PAGE_MAX + " meters");
            }
        }

        @Override
        public List<MeterReading> from(CounterReader counters) {
            List<MeterReading> readings = new ArrayList<>();
            for (String meter : counters.metersOf(subjectKey, after, limit)) {
                total(counters, subjectKey, meter)
                        .ifPresent(state -> readings.add(new MeterReading(meter, Optional.empty(), state)));
            }
            return readings;
        }
    }

    /// Months tile time, so their sum is everything.
    private static Optional<CounterState> total(CounterReader counters, String subjectKey, String meter) {
        return counters.countersOf(subjectKey, meter, WindowSize.MONTH).stream()
                .map(Counter::state)
                .reduce(CounterState::plus);
    }
}
