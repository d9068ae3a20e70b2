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
                    .map(state -> List.of(MeterReading.total(meter, state)))
                    .orElse(List.of());
        }
    }

    /// What is counted for a meter in the window of `size` that starts at `start`.
    record InWindow(String subjectKey, String meter, WindowSize size, Instant start) implements CounterRead {
        @Override
        public List<MeterReading> from(CounterReader counters) {
            Optional<Counter> counter = counters.counter(new CounterKey(subjectKey, meter, size, start));
            return counter.map(found -> List.of(MeterReading.of(meter, found))).orElse(List.of());
        }
    }

    /// One counter.
    record Place(String meter, WindowSize size, Instant start) {
        /// Everything since the meter began.
        public static Place lifetime(String meter) {
            return new Place(meter, WindowSize.LIFETIME, Instant.EPOCH);
        }

        /// Everything since the meter's last cut, if there was one.
        public static Place cycle(String meter) {
            return new Place(meter, WindowSize.CYCLE, Instant.EPOCH);
        }
    }

    /// Several counters as of one moment; those that were never counted in are left out.
    record Places(String subjectKey, List<Place> places) implements CounterRead {
        /// Most counters of one question: a page of meters with the windows of all their limits.
        public static final int PLACES_MAX = 20_000;

        public Places {
            places = List.copyOf(places);
            if (places.size() > PLACES_MAX) {
                throw new IllegalArgumentException("a question is about at most " + PLACES_MAX + " counters");
            }
        }

        @Override
        public List<MeterReading> from(CounterReader counters) {
            List<MeterReading> readings = new ArrayList<>(places.size());
            for (Place place : places) {
                counters.counter(new CounterKey(subjectKey, place.meter(), place.size(), place.start()))
                        .ifPresent(found -> readings.add(MeterReading.of(place.meter(), found)));
            }
            return readings;
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
            List<String> meters = counters.metersOf(subjectKey, after, limit);
            // Deleted meters leave places without readings: read on, so that they do not hide what follows.
            while (!meters.isEmpty() && readings.size() < limit) {
                for (String meter : meters) {
                    total(counters, subjectKey, meter)
                            .ifPresent(state -> readings.add(MeterReading.total(meter, state)));
                }
                meters = counters.metersOf(subjectKey, meters.getLast(), limit);
            }
            return List.copyOf(readings.subList(0, Math.min(limit, readings.size())));
        }
    }

    /// What is counted since the meter began; in state of older releases, months tile time, so their sum is everything.
    private static Optional<CounterState> total(CounterReader counters, String subjectKey, String meter) {
        Optional<Counter> lifetime =
                counters.counter(new CounterKey(subjectKey, meter, WindowSize.LIFETIME, Instant.EPOCH));
        if (lifetime.isPresent()) {
            return lifetime.map(Counter::state).filter(state -> state.eventCount() > 0);
        }
        return counters.countersOf(subjectKey, meter, WindowSize.MONTH).stream()
                .map(Counter::state)
                .reduce(CounterState::plus)
                .filter(state -> state.eventCount() > 0);
    }
}
