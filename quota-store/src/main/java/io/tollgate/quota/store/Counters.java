package io.tollgate.quota.store;

import io.tollgate.metering.period.WindowSize;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.internals.WrappedStateStore;

/// The counters of one partition. Changes gather in memory and are written at each commit: one state write, one
/// changelog
/// record and one call of the listener for each counter that changed, however often it changed.
///
/// Kafka Streams calls [#flushCache()] as the first step of every commit (and of closing and handing over a task),
/// inside
/// the transaction, which is what makes gathering safe: state, output and consumed offset commit together or not at
/// all.
/// `WrappedStateStore` and `flushCache` are Streams' own, not public, and made for exactly this; the aggregator's tests
/// fail if
/// a release stops calling it. The public record cache would coalesce too, but it serialises on every change and cannot
/// tell what it
/// wrote.
///
/// The task's thread writes; any thread reads.
public final class Counters extends WrappedStateStore<KeyValueStore<Bytes, byte[]>, Bytes, byte[]>
        implements CounterReader {
    /// Counters changed since the last commit; beyond it they are written early, in the same transaction. Bounds memory
    /// at
    /// some 100 MB per partition, and is far more than a task can touch in a commit interval.
    static final int CHANGED_MAX = 200_000;

    /// Sorts before every counter: a subject key is never empty.
    private static final Bytes POSITION_KEY = Bytes.wrap(new byte[] {0, 0});

    private final ConcurrentHashMap<String, ConcurrentHashMap<CounterKey, Counter>> changed = new ConcurrentHashMap<>();
    private volatile long countedOffset = -1;
    /// Whether the task processes: restored, and not closed since. Streams hands out stores of tasks that are restored
    /// again.
    private volatile boolean serving;
    private final AtomicInteger waiters = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progressed = lock.newCondition();
    private long writtenOffset = -1;
    private int changedCount;
    private BiConsumer<CounterKey, Counter> listener = (key, counter) -> {};

    Counters(KeyValueStore<Bytes, byte[]> inner) {
        super(inner);
    }

    /// Calls `listener` with each changed counter at every commit. Set by the processor when its task starts.
    public void onCommit(BiConsumer<CounterKey, Counter> changedCounterListener) {
        this.listener = changedCounterListener;
    }

    /// Called by the processor when its task starts, after restoration.
    public void open() {
        changed.clear();
        changedCount = 0;
        writtenOffset = storedOffset();
        countedOffset = writtenOffset;
        serving = true;
    }

    /// Sets the counter, to be written at the next commit. Task thread only.
    public void put(CounterKey key, Counter counter) {
        Counter before = changed.computeIfAbsent(key.subjectKey(), subject -> new ConcurrentHashMap<>())
                .put(key, counter);
        if (before == null) {
            changedCount++;
        }
    }

    /// Forgets a counter that nobody will ask for again, in the running transaction. Task thread only.
    public void remove(CounterKey key) {
        Map<CounterKey, Counter> subject = changed.get(key.subjectKey());
        if (subject != null && subject.remove(key) != null) {
            changedCount--;
        }
        wrapped().delete(Bytes.wrap(key.toBytes()));
    }

    /// Notes that everything up to `offset` is counted, so that readers who wait for it go on. Task thread only.
    public void counted(long offset) {
        countedOffset = offset;
        if (waiters.get() > 0) {
            wakeWaiters();
        }
        if (changedCount >= CHANGED_MAX) {
            flushCache();
        }
    }

    /// Writes what changed since the last commit. Called by Kafka Streams on the task thread.
    @Override
    public void flushCache() {
        if (countedOffset == writtenOffset && changedCount == 0) {
            return;
        }
        // Store first, then forget: a reader that finds nothing among the changed ones finds it in the store.
        for (Map.Entry<String, ConcurrentHashMap<CounterKey, Counter>> subject : changed.entrySet()) {
            subject.getValue().forEach((key, counter) -> {
                wrapped().put(Bytes.wrap(key.toBytes()), CounterBytes.toBytes(counter));
                listener.accept(key, counter);
            });
            changed.remove(subject.getKey());
        }
        changedCount = 0;
        wrapped()
                .put(
                        POSITION_KEY,
                        ByteBuffer.allocate(Long.BYTES).putLong(countedOffset).array());
        writtenOffset = countedOffset;
    }

    @Override
    public Optional<Counter> counter(CounterKey key) {
        return whileServing(() -> counterNow(recentOf(key.subjectKey()), key));
    }

    private Optional<Counter> counterNow(Map<CounterKey, Counter> recent, CounterKey key) {
        Counter changedCounter = recent.get(key);
        if (changedCounter != null) {
            return Optional.of(changedCounter);
        }
        byte[] stored = wrapped().get(Bytes.wrap(key.toBytes()));
        return stored == null ? Optional.empty() : Optional.of(CounterBytes.fromBytes(key, stored));
    }

    @Override
    public List<Counter> countersOf(String subjectKey, String meter, WindowSize size) {
        return whileServing(() -> countersNow(recentOf(subjectKey), subjectKey, meter, size));
    }

    @Override
    public List<Counter> countersIn(String subjectKey, String meter, WindowSize size, Instant from, Instant to) {
        return whileServing(() -> countersNow(recentOf(subjectKey), subjectKey, meter, size, from, to));
    }

    private List<Counter> countersNow(
            Map<CounterKey, Counter> recent,
            String subjectKey,
            String meter,
            WindowSize size,
            Instant from,
            Instant to) {
        return countersNow(
                recent,
                key -> key.meter().equals(meter)
                        && key.size() == size
                        && !key.start().isBefore(from)
                        && key.start().isBefore(to),
                () -> wrapped()
                        .range(
                                Bytes.wrap(new CounterKey(subjectKey, meter, size, from).toBytes()),
                                Bytes.wrap(new CounterKey(subjectKey, meter, size, to.minusSeconds(1)).toBytes())));
    }

    private List<Counter> countersNow(
            Map<CounterKey, Counter> recent, String subjectKey, String meter, WindowSize size) {
        return countersNow(
                recent,
                key -> key.meter().equals(meter) && key.size() == size,
                () -> wrapped().prefixScan(CounterKey.prefix(subjectKey, meter, size), new ByteArraySerializer()));
    }

    private static List<Counter> countersNow(
            Map<CounterKey, Counter> recent,
            Predicate<CounterKey> wanted,
            Supplier<KeyValueIterator<Bytes, byte[]>> scan) {
        // The changed ones first: one that is written in between is then seen twice, never missed.
        TreeMap<Instant, Counter> found = new TreeMap<>();
        recent.forEach((key, counter) -> {
            if (wanted.test(key)) {
                found.put(key.start(), counter);
            }
        });
        try (KeyValueIterator<Bytes, byte[]> stored = scan.get()) {
            while (stored.hasNext() && found.size() < COUNTERS_MAX) {
                var entry = stored.next();
                CounterKey key = CounterKey.fromBytes(entry.key.get());
                found.merge(key.start(), CounterBytes.fromBytes(key, entry.value), Counters::later);
            }
        }
        return List.copyOf(found.values());
    }

    @Override
    public List<String> metersOf(String subjectKey, String after, int limit) {
        return whileServing(() -> metersNow(recentOf(subjectKey), subjectKey, after, limit));
    }

    /// Reads one counter of each meter and skips the rest, so a meter with a million windows costs as much as one with
    /// one.
    private List<String> metersNow(Map<CounterKey, Counter> recent, String subjectKey, String after, int limit) {
        TreeSet<String> names = new TreeSet<>(CounterKey.METER_ORDER);
        recent.keySet().forEach(key -> names.add(key.meter()));
        Bytes end = after(CounterKey.prefix(subjectKey));
        Bytes from = after.isEmpty()
                ? Bytes.wrap(CounterKey.prefix(subjectKey))
                : after(CounterKey.prefix(subjectKey, after));
        for (int read = 0; read < limit && from.compareTo(end) < 0; read++) {
            try (KeyValueIterator<Bytes, byte[]> stored = wrapped().range(from, end)) {
                if (!stored.hasNext()) {
                    break;
                }
                CounterKey key = CounterKey.fromBytes(stored.next().key.get());
                if (!key.subjectKey().equals(subjectKey)) {
                    break;
                }
                names.add(key.meter());
                from = after(CounterKey.prefix(subjectKey, key.meter()));
            }
        }
        return names.tailSet(after, false).stream().limit(limit).toList();
    }

    /// The first key after all that begin with `prefix`.
    private static Bytes after(byte[] prefix) {
        return Bytes.increment(Bytes.wrap(prefix));
    }

    /// Answers `read` if the task was processing before and after it; else what was read may be of a store that is
    /// emptied
    /// and restored.
    private <T> T whileServing(Supplier<T> read) {
        checkServing();
        T value = read.get();
        checkServing();
        return value;
    }

    private void checkServing() {
        if (!serving) {
            throw new InvalidStateStoreException("the counters are being restored or have moved");
        }
    }

    private static Counter later(Counter one, Counter other) {
        return one.state().lastOffset() >= other.state().lastOffset() ? one : other;
    }

    private Map<CounterKey, Counter> recentOf(String subjectKey) {
        Map<CounterKey, Counter> subject = changed.get(subjectKey);
        return subject == null ? Map.of() : subject;
    }

    /// Whether the task of these counters processes here, so that they are the owner's and not a standby's or a task's
    /// that
    /// is still being restored.
    public boolean serving() {
        return serving;
    }

    /// What is stored, whoever owns the partition: on a standby what was committed and has arrived, which may lag
    /// behind.
    /// Never waits.
    public CounterReader copy() {
        return new Copy();
    }

    /// Reads the store alone. Its position is written after the counters it stands for, so reading it first claims
    /// nothing
    /// that is not there.
    private final class Copy implements CounterReader {
        @Override
        public Optional<Counter> counter(CounterKey key) {
            return counterNow(Map.of(), key);
        }

        @Override
        public List<Counter> countersOf(String subjectKey, String meter, WindowSize size) {
            return countersNow(Map.of(), subjectKey, meter, size);
        }

        @Override
        public List<Counter> countersIn(String subjectKey, String meter, WindowSize size, Instant from, Instant to) {
            return countersNow(Map.of(), subjectKey, meter, size, from, to);
        }

        @Override
        public List<String> metersOf(String subjectKey, String after, int limit) {
            return metersNow(Map.of(), subjectKey, after, limit);
        }

        @Override
        public long countedOffset() {
            return storedOffset();
        }

        @Override
        public boolean awaitCounted(long offset, Duration atMost) {
            return storedOffset() >= offset;
        }
    }

    private long storedOffset() {
        byte[] position = wrapped().get(POSITION_KEY);
        return position == null ? -1 : ByteBuffer.wrap(position).getLong();
    }

    @Override
    public long countedOffset() {
        return countedOffset;
    }

    /// Many readers wait at once and each for its own offset, so all are woken and look again.
    @Override
    public boolean awaitCounted(long offset, Duration atMost) {
        checkServing();
        if (countedOffset >= offset) {
            return true;
        }
        long remaining = atMost.toNanos();
        waiters.incrementAndGet();
        lock.lock();
        try {
            while (countedOffset < offset) {
                checkServing();
                if (remaining <= 0) {
                    return false;
                }
                remaining = progressed.awaitNanos(remaining);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
            waiters.decrementAndGet();
        }
    }

    private void wakeWaiters() {
        lock.lock();
        try {
            progressed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        stopServing();
        super.close();
        changed.clear();
        wakeWaiters();
    }

    @Override
    public void clearCache() {
        stopServing();
        changed.clear();
        changedCount = 0;
        wakeWaiters();
    }

    private void stopServing() {
        serving = false;
        countedOffset = -1;
        writtenOffset = -1;
    }
}
