package io.tollgate.billing.usage.kafka;

import io.tollgate.billing.usage.Advance;
import io.tollgate.billing.usage.CountedEvent;
import io.tollgate.billing.usage.CounterValue;
import io.tollgate.billing.usage.EventCorrection;
import io.tollgate.billing.usage.RefusedEvent;
import io.tollgate.billing.usage.UsageStore;
import io.tollgate.billing.usage.WriteOutcome;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// A store whose calls fail now and then: before anything is done, or after it is done and committed, as when the
/// answer
/// is lost on the way.
final class FaultyStore implements UsageStore {
    private final UsageStore store;
    private final SplittableRandom random;
    private final double share;
    private int failed;

    FaultyStore(UsageStore store, long seed, double share) {
        this.store = store;
        this.random = new SplittableRandom(seed);
        this.share = share;
    }

    synchronized int failed() {
        return failed;
    }

    private synchronized void perhapsFail(String when) {
        if (random.nextDouble() < share / 2) {
            failed++;
            throw new IllegalStateException("told to fail " + when);
        }
    }

    private <T> T faulty(Supplier<T> call) {
        perhapsFail("before");
        T answer = call.get();
        perhapsFail("after");
        return answer;
    }

    @Override
    public SortedMap<Integer, Long> positions(String topic, Collection<Integer> partitions) {
        return faulty(() -> store.positions(topic, partitions));
    }

    @Override
    public WriteOutcome storeEvents(List<CountedEvent> events, List<Advance> steps) {
        return faulty(() -> store.storeEvents(events, steps));
    }

    @Override
    public WriteOutcome storeRejected(List<RefusedEvent> events, List<Advance> steps) {
        return faulty(() -> store.storeRejected(events, steps));
    }

    @Override
    public WriteOutcome storeCorrections(List<EventCorrection> corrections, List<Advance> steps) {
        return faulty(() -> store.storeCorrections(corrections, steps));
    }

    @Override
    public WriteOutcome storeCounters(List<CounterValue> values, List<Advance> steps) {
        return faulty(() -> store.storeCounters(values, steps));
    }

    @Override
    public WriteOutcome advance(List<Advance> steps) {
        return faulty(() -> store.advance(steps));
    }
}
