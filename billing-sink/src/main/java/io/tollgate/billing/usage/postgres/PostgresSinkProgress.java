package io.tollgate.billing.usage.postgres;

import io.tollgate.billing.usage.SinkProgress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jdbi.v3.core.Jdbi;

/// How far the sink is: what this process stored is known at once, what others stored is looked up while somebody
/// waits.
public final class PostgresSinkProgress implements SinkProgress {
    /// However many wait, the table is read this often at most.
    private static final Duration LOOK_EVERY = Duration.ofMillis(10);

    private record Partition(String topic, int number) {}

    private final Jdbi jdbi;
    private final Map<Partition, Long> reached = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private boolean looking;
    private long lookedNanos = System.nanoTime() - LOOK_EVERY.toNanos();

    public PostgresSinkProgress(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /// Everything before `next` is stored.
    void reached(String topic, int partition, long next) {
        reached.merge(new Partition(topic, partition), next, Math::max);
        lock.lock();
        try {
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// @throws JdbiException if PostgreSQL does not answer
    @Override
    public boolean awaitPassed(String topic, int partition, long offset, Duration atMost) {
        Partition wanted = new Partition(topic, partition);
        long deadline = System.nanoTime() + atMost.toNanos();
        try {
            while (reached.getOrDefault(wanted, 0L) <= offset) {
                if (mayLook()) {
                    look();
                    continue;
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                pause(wanted, offset, Math.min(left, LOOK_EVERY.toNanos()));
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean mayLook() {
        lock.lock();
        try {
            if (looking || System.nanoTime() - lookedNanos < LOOK_EVERY.toNanos()) {
                return false;
            }
            looking = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        try {
            jdbi.useHandle(handle -> handle.createQuery("SELECT topic, partition, next_offset FROM sink_offsets")
                    .map((rows, context) ->
                            reached.merge(new Partition(rows.getString(1), rows.getInt(2)), rows.getLong(3), Math::max))
                    .list());
        } finally {
            lock.lock();
            try {
                looking = false;
                lookedNanos = System.nanoTime();
                moved.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void pause(Partition wanted, long offset, long nanos) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (left > 0 && reached.getOrDefault(wanted, 0L) <= offset) {
                left = moved.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
