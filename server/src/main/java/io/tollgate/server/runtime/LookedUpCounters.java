package io.tollgate.server.runtime;

import io.tollgate.billing.divergence.HourCounter;
import io.tollgate.billing.divergence.Owned;
import io.tollgate.billing.divergence.OwnedCounters;
import io.tollgate.billing.divergence.Sum;
import io.tollgate.metering.period.Window;
import io.tollgate.metering.period.WindowSize;
import io.tollgate.quota.query.CounterLookup;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.LookupOutcome;
import io.tollgate.quota.query.MeterReading;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Counters at their owners, one question for each subject. A copy's answer is none.
record LookedUpCounters(CounterLookup lookup) implements OwnedCounters {
    /// For a partition that changes hands; what it has is skipped rather than waited for.
    private static final Duration OWNER_AWAITED = Duration.ofMillis(300);

    @Override
    public Map<HourCounter, Owned> read(Collection<HourCounter> counters) {
        Map<HourCounter, Owned> owned = new HashMap<>();
        // Waited for once, not once for each of its subjects.
        Set<Integer> away = new HashSet<>();
        counters.stream()
                .collect(Collectors.groupingBy(counter -> counter.subject().recordKey()))
                .forEach((subjectKey, ofSubject) -> {
                    int partition = lookup.partitionOf(subjectKey);
                    if (!away.contains(partition)) {
                        Map<HourCounter, Owned> found = ofSubject(subjectKey, partition, ofSubject);
                        owned.putAll(found);
                        if (found.isEmpty()) {
                            away.add(partition);
                        }
                    }
                });
        return owned;
    }

    /// Empty if the owner does not answer.
    private Map<HourCounter, Owned> ofSubject(String subjectKey, int partition, List<HourCounter> counters) {
        List<CounterRead.Place> places = counters.stream()
                .map(counter -> new CounterRead.Place(counter.meter(), WindowSize.HOUR, counter.start()))
                .toList();
        return switch (lookup.read(
                new CounterRead.Places(subjectKey, places), -1, OWNER_AWAITED, CounterLookup.OWNER_AWAITED)) {
            case LookupOutcome.Found found -> found.stale() ? Map.of() : answers(counters, found, partition);
            case LookupOutcome.OwnerUnavailable unavailable -> Map.of();
        };
    }

    private static Map<HourCounter, Owned> answers(
            List<HourCounter> counters, LookupOutcome.Found found, int partition) {
        Map<HourCounter, Owned> answers = new HashMap<>();
        // What is absent held nothing up to there.
        counters.forEach(counter -> answers.put(counter, new Owned(Sum.NOTHING, partition, found.countedOffset())));
        for (MeterReading reading : found.readings()) {
            Window window = reading.window().orElseThrow();
            counters.stream()
                    .filter(counter -> counter.meter().equals(reading.meter())
                            && counter.start().equals(window.start()))
                    .forEach(counter -> answers.put(
                            counter,
                            new Owned(
                                    new Sum(
                                            reading.state().eventCount(),
                                            reading.state().sum()),
                                    partition,
                                    reading.state().lastOffset())));
        }
        return answers;
    }
}
