package io.tollgate.control.provider;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Processes events that are due. Any number of processes may run one; an event that a process dies over is processed
/// by
/// the next.
public final class EventWorker {
    private static final Logger LOG = LoggerFactory.getLogger(EventWorker.class);

    /// Events at a time: each holds a connection to the database.
    private static final int THREADS = 2;

    /// How soon an event is seen that another process has stored, or that is due again.
    private static final Duration POLL = Duration.ofMillis(500);

    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(2);
    private static final Duration BACKLOG_EVERY = Duration.ofSeconds(15);
    private static final Duration OVERRIDES_EVERY = Duration.ofSeconds(10);
    private static final Duration PURGE_EVERY = Duration.ofHours(1);
    private static final Duration KEPT = Duration.ofDays(90);
    private static final int PURGE_ROWS_MAX = 10_000;

    private final EventQueue queue;
    private final InstantSource clock;
    private final Semaphore news = new Semaphore(0);
    private final Counter completed;
    private final Counter failed;
    private final List<Thread> threads = new ArrayList<>();
    private volatile EventQueue.Backlog backlog = new EventQueue.Backlog(0, 0);
    private volatile boolean running;

    public EventWorker(EventQueue queue, InstantSource clock, MeterRegistry metrics) {
        this.queue = queue;
        this.clock = clock;
        this.completed = Counter.builder("tollgate.provider.events.completed")
                .description("Events of payment providers that have had their effect")
                .register(metrics);
        this.failed = Counter.builder("tollgate.provider.events.failures")
                .description("Attempts to process events of payment providers that failed")
                .register(metrics);
        Gauge.builder("tollgate.provider.events.pending", () -> backlog.pending())
                .description("Events of payment providers that wait to be processed, over all processes")
                .register(metrics);
        Gauge.builder("tollgate.provider.events.failed", () -> backlog.failed())
                .description("Events of payment providers that failed and are kept for the operator")
                .register(metrics);
    }

    /// Starts working and returns at once; the database may come later.
    public synchronized void start() {
        running = true;
        for (int i = 0; i < THREADS; i++) {
            threads.add(Thread.ofVirtual().name("provider-events-" + i).start(this::work));
        }
        threads.add(Thread.ofVirtual().name("provider-events-upkeep").start(this::keepUp));
    }

    /// Ends after the events in hand, at the latest after `atMost`; one that is given up is processed again.
    public synchronized void stop(Duration atMost) {
        running = false;
        news.release(THREADS);
        Instant deadline = clock.instant().plus(atMost);
        try {
            for (Thread thread : threads) {
                if (!thread.join(Duration.between(clock.instant(), deadline).plusMillis(1))) {
                    thread.interrupt();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        threads.clear();
    }

    /// Tells that an event was stored, so that it need not wait for the next look.
    public void wake() {
        news.release();
    }

    /// Processes what is due now, and returns when nothing is. For tests, which have time in their hands.
    ///
    /// @return how many attempts were made
    public int processDue() {
        int attempts = 0;
        while (processOne()) {
            attempts++;
        }
        return attempts;
    }

    private boolean processOne() {
        Optional<Processing> processed = queue.processNext();
        processed.ifPresent(result -> {
            switch (result) {
                case Processing.Done done -> completed.increment();
                case Processing.Failed failure -> failed.increment();
            }
        });
        return processed.isPresent();
    }

    private void work() {
        while (running) {
            try {
                if (!processOne() && news.tryAcquire(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                    news.drainPermits();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | AssertionError e) {
                // PostgreSQL's driver raises the latter when a connection dies at the wrong moment.
                LOG.warn(
                        "Provider events cannot be processed now; next attempt in {}: {}",
                        PAUSE_AFTER_FAILURE,
                        e.toString());
                LOG.debug("The failure in full", e);
                if (!pause(PAUSE_AFTER_FAILURE)) {
                    return;
                }
            }
        }
    }

    private void keepUp() {
        Instant backlogDue = clock.instant();
        Instant purgeDue = backlogDue;
        Instant overridesDue = backlogDue;
        while (running) {
            try {
                Instant now = clock.instant();
                if (!now.isBefore(overridesDue)) {
                    queue.endOverrides();
                    overridesDue = now.plus(OVERRIDES_EVERY);
                }
                if (!now.isBefore(backlogDue)) {
                    backlog = queue.backlog();
                    backlogDue = now.plus(BACKLOG_EVERY);
                }
                if (!now.isBefore(purgeDue)) {
                    boolean more = queue.purge(now.minus(KEPT), PURGE_ROWS_MAX) >= PURGE_ROWS_MAX;
                    purgeDue = more ? now : now.plus(PURGE_EVERY);
                }
            } catch (RuntimeException | AssertionError e) {
                LOG.warn("Provider events cannot be looked after now: {}", e.toString());
                LOG.debug("The failure in full", e);
            }
            if (!pause(PAUSE_AFTER_FAILURE)) {
                return;
            }
        }
    }

    private static boolean pause(Duration length) {
        try {
            Thread.sleep(length);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
