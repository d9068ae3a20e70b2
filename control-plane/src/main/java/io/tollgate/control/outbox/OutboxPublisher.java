package io.tollgate.control.outbox;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes the outbox on a thread of its own, for as long as it runs: at once when woken after a commit, and
/// otherwise
/// every [#POLL], which finds what another process left behind. Failures are tried again without end, with growing
/// pauses; nothing is skipped.
public final class OutboxPublisher {
    /// How long a management call waits until its change is applied here; after it the call succeeds all the same,
    /// because the change is durable.
    public static final Duration APPLY_WAIT_MAX = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(OutboxPublisher.class);

    /// Rows of one transaction: bounds how much is sent again when a process dies in between.
    private static final int ROWS_MAX = 500;

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration BACK_OFF_MIN = Duration.ofMillis(100);
    private static final Duration BACK_OFF_MAX = Duration.ofSeconds(5);

    /// A waiting call looks at the table this often, for changes that another process publishes.
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    /// Published rows are kept for people who look into a fault.
    private static final Duration KEPT = Duration.ofDays(7);

    private static final Duration FORGET_EVERY = Duration.ofHours(1);

    private final Outbox outbox;
    private final DefinitionLog log;
    private final DefinitionsApplied applied;
    private final Counter published;
    private final Counter failures;
    private final Counter applyTimeouts;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition progress = lock.newCondition();
    private boolean woken;
    private volatile boolean stopping;
    private volatile Outbox.Backlog backlog = new Outbox.Backlog(0, Duration.ZERO);
    private long forgetDueNanos = System.nanoTime();

    /// @param log closed by [#stop]
    public OutboxPublisher(Outbox outbox, DefinitionLog log, DefinitionsApplied applied, MeterRegistry metrics) {
        this.outbox = outbox;
        this.log = log;
        this.applied = applied;
        this.published = Counter.builder("tollgate.outbox.published")
                .description("Outbox rows published by this instance")
                .register(metrics);
        this.failures = Counter.builder("tollgate.outbox.failures")
                .description("Failed attempts to publish the outbox; each is tried again")
                .register(metrics);
        this.applyTimeouts = Counter.builder("tollgate.definitions.apply.timeouts")
                .description("Management calls answered before this instance had applied their change")
                .register(metrics);
        Gauge.builder("tollgate.outbox.unpublished", () -> backlog.rows())
                .description("Outbox rows that wait to be published")
                .register(metrics);
        Gauge.builder("tollgate.outbox.age", () -> backlog.oldestAge().toMillis() / 1000.0)
                .description("Age of the oldest outbox row that waits")
                .baseUnit("seconds")
                .register(metrics);
        this.thread = Thread.ofPlatform().name("outbox-publisher").daemon().unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /// Ends after the row set in hand, at the latest after `atMost`; what is not published waits for the next start.
    public void stop(Duration atMost) {
        stopping = true;
        wake();
        try {
            if (thread.isAlive() && !thread.join(atMost)) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        log.close();
    }

    /// What waited when the publisher last looked.
    public Outbox.Backlog backlog() {
        return backlog;
    }

    /// Returns when the committed changes with these ids are applied at this instance, at the latest after
    /// [#APPLY_WAIT_MAX]; never throws, because the changes are durable whatever happens here.
    public void awaitApplied(List<Long> ids) {
        long deadline = System.nanoTime() + APPLY_WAIT_MAX.toNanos();
        if (!allApplied(ids, deadline)) {
            applyTimeouts.increment();
        }
    }

    private boolean allApplied(List<Long> ids, long deadline) {
        try {
            List<Outbox.Publication> changes = new ArrayList<>();
            for (long id : ids) {
                Optional<Outbox.Publication> publication = awaitPublished(id, deadline);
                if (publication.isEmpty()) {
                    LOG.warn("Change {} is stored but not yet published; it will be", id);
                    return false;
                }
                changes.add(publication.get());
            }
            applied.published(changes);
            for (Outbox.Publication change : changes) {
                if (!applied.await(change.topic(), change.recordKey(), change.offset(), until(deadline))) {
                    LOG.warn("A change is stored but not yet applied here; it will be: {}", change);
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("Changes {} are stored; whether they are applied here is not known: {}", ids, e.toString());
        }
        return false;
    }

    private Optional<Outbox.Publication> awaitPublished(long id, long deadline) throws InterruptedException {
        wake();
        while (true) {
            Optional<Outbox.Publication> publication = outbox.publication(id);
            Duration left = until(deadline);
            if (publication.isPresent() || left.isZero()) {
                return publication;
            }
            pause(progress, left.compareTo(LOOK_EVERY) < 0 ? left : LOOK_EVERY);
        }
    }

    private static Duration until(long deadline) {
        return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    }

    private void run() {
        Duration backOff = BACK_OFF_MIN;
        while (!stopping) {
            try {
                publishAll();
                forgetOld();
                backOff = BACK_OFF_MIN;
                awaitWork();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | AssertionError e) {
                // AssertionError: PostgreSQL's driver raises it when a connection dies at the wrong moment.
                failures.increment();
                LOG.warn("The outbox cannot be published; next attempt in {}: {}", backOff, e.toString());
                LOG.debug("The failure in full", e);
                if (!pauseUnlessStopping(backOff)) {
                    return;
                }
                Duration doubled = backOff.multipliedBy(2);
                backOff = doubled.compareTo(BACK_OFF_MAX) < 0 ? doubled : BACK_OFF_MAX;
            }
        }
    }

    private void publishAll() {
        int count;
        do {
            count = outbox.publish(log, ROWS_MAX);
            published.increment(count);
            backlog = outbox.backlog();
            if (count > 0) {
                signal(progress);
            }
        } while (count > 0 && !stopping);
    }

    private void forgetOld() {
        if (System.nanoTime() - forgetDueNanos >= 0) {
            outbox.forgetPublished(KEPT);
            forgetDueNanos = System.nanoTime() + FORGET_EVERY.toNanos();
        }
    }

    private void wake() {
        lock.lock();
        try {
            woken = true;
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void awaitWork() throws InterruptedException {
        lock.lock();
        try {
            long left = POLL.toNanos();
            while (!woken && left > 0) {
                left = work.awaitNanos(left);
            }
            woken = false;
        } finally {
            lock.unlock();
        }
    }

    // A wake-up after a commit must not shorten the pause after a failure; a stop must.
    private boolean pauseUnlessStopping(Duration pause) {
        long deadline = System.nanoTime() + pause.toNanos();
        lock.lock();
        try {
            while (!stopping && deadline - System.nanoTime() > 0) {
                work.awaitNanos(deadline - System.nanoTime());
            }
            return !stopping;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // Waking for nothing only looks at the table once more; the caller loops.
    private void pause(Condition condition, Duration atMost) throws InterruptedException {
        lock.lock();
        try {
            long ignored = condition.awaitNanos(atMost.toNanos());
        } finally {
            lock.unlock();
        }
    }

    private void signal(Condition condition) {
        lock.lock();
        try {
            condition.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
