package io.tollgate.control.cycle;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.contract.OrganizationId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closes cycles, measures what was used in them, and reports it. Any number of processes may run one.
public final class ReportWorker {
    private static final Logger LOG = LoggerFactory.getLogger(ReportWorker.class);

    /// Attempts under way at a time in this process.
    private static final int UNDER_WAY_MAX = 8;

    /// Organizations whose account asked for a pause; of more, attempts are made and put off one by one.
    private static final int RESTING_MAX = 1_000;

    /// Cycles that are measured in one call of [#workDue()], and metrics that are looked at.
    private static final int ACCOUNTS_MAX = 100;

    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(5);
    private static final Duration BACKLOG_EVERY = Duration.ofSeconds(15);

    private final BillingCycles cycles;
    private final Overages overages;
    private final ReportQueue queue;
    private final ReportSender sender;
    private final InstantSource clock;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("usage-report-", 0).factory());
    private final Semaphore free = new Semaphore(UNDER_WAY_MAX);
    private final Semaphore news = new Semaphore(0);
    private final Map<OrganizationId, Instant> resting = new ConcurrentHashMap<>();
    private final Counter sent;
    private final Counter failures;
    private volatile ReportQueue.Backlog backlog = new ReportQueue.Backlog(0, 0, 0);
    private volatile boolean running;
    private Instant backlogDue = Instant.MIN;
    private List<Thread> loops = List.of();

    public ReportWorker(
            BillingCycles cycles,
            Overages overages,
            ReportQueue queue,
            UsageReporter reporter,
            InstantSource clock,
            RandomGenerator random,
            MeterRegistry metrics) {
        this.cycles = cycles;
        this.overages = overages;
        this.queue = queue;
        this.sender = new ReportSender(queue, reporter, clock, random);
        this.clock = clock;
        this.sent = Counter.builder("tollgate.stripe.reports.sent")
                .description("Reports of usage that Stripe has taken")
                .register(metrics);
        this.failures = Counter.builder("tollgate.stripe.reports.failures")
                .description("Attempts to report usage to Stripe that failed or whose end is not known")
                .register(metrics);
        Gauge.builder("tollgate.stripe.reports.pending", () -> backlog.pending())
                .description("Reports of usage that wait to be sent, over all processes")
                .register(metrics);
        Gauge.builder("tollgate.stripe.reports.unknown", () -> backlog.unknown())
                .description("Reports of usage of which nobody knows whether Stripe has them")
                .register(metrics);
        Gauge.builder("tollgate.stripe.reports.failed", () -> backlog.failed())
                .description("Reports of usage that Stripe refused and that wait for the operator")
                .register(metrics);
    }

    /// Starts working and returns at once; the database may come later.
    public synchronized void start() {
        running = true;
        loops = List.of(
                loop("closing", () -> cycles.closeDue(clock.instant()) > 0),
                loop("measuring", () -> cycles.account(clock.instant())),
                loop("overages", () -> overages.look(clock.instant())),
                loop("sending", this::send));
    }

    /// Ends after the attempts under way, at the latest after `atMost`. What is under way then is looked after by the
    /// next start.
    public synchronized void stop(Duration atMost) {
        running = false;
        loops.forEach(Thread::interrupt);
        threads.shutdown();
        try {
            if (!threads.awaitTermination(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Does what is due now, one after the other, and returns when nothing is. For tests, which have time in their
    /// hands.
    ///
    /// @return how many attempts were made
    public int workDue() {
        measure();
        int attempts = 0;
        List<UsageReport> due;
        do {
            due = take(1);
            due.forEach(this::attempt);
            attempts += due.size();
        } while (!due.isEmpty());
        return attempts;
    }

    private void measure() {
        cycles.closeDue(clock.instant());
        for (int i = 0; i < ACCOUNTS_MAX && cycles.account(clock.instant()); i++) {
            // One at a time.
        }
        for (int i = 0; i < ACCOUNTS_MAX && overages.look(clock.instant()); i++) {
            // One at a time.
        }
    }

    private List<UsageReport> take(int max) {
        Instant now = clock.instant();
        resting.values().removeIf(until -> !until.isAfter(now));
        return queue.take(now, max, List.copyOf(resting.keySet()));
    }

    private void attempt(UsageReport report) {
        ReportSender.Step step = sender.take(report);
        step.resting()
                .filter(rest -> resting.size() < RESTING_MAX)
                .ifPresent(rest -> resting.put(rest.organizationId(), rest.until()));
        switch (step.ending()) {
            case ReportQueue.Ending.Sent done -> sent.increment();
            case ReportQueue.Ending.Failed failed -> {
                failures.increment();
                LOG.warn(
                        "The report {} of {} to Stripe is given up, see the dead letters: {}",
                        report.id(),
                        report.key().organizationId(),
                        failed.reason());
            }
            case ReportQueue.Ending.Again again -> {
                failures.increment();
                LOG.debug("The report {} is tried again at {}: {}", report.id(), again.at(), again.reason());
            }
        }
    }

    /// Some of what is due.
    private interface Work {
        /// Answers whether more may be due at once.
        boolean some() throws InterruptedException;
    }

    // Each by itself: what one of them waits for keeps none of the others waiting.
    private Thread loop(String name, Work work) {
        return Thread.ofVirtual().name("usage-reports-" + name).start(() -> run(work));
    }

    private void run(Work work) {
        while (running) {
            try {
                if (!work.some()) {
                    Thread.sleep(POLL);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | AssertionError e) {
                // PostgreSQL's driver raises the latter when a connection dies at the wrong moment.
                LOG.warn("Usage cannot be reported now; next attempt in {}: {}", PAUSE_AFTER_FAILURE, e.toString());
                LOG.debug("The failure in full", e);
                try {
                    Thread.sleep(PAUSE_AFTER_FAILURE);
                } catch (InterruptedException interrupted) {
                    return;
                }
            }
        }
    }

    private boolean send() throws InterruptedException {
        if (!clock.instant().isBefore(backlogDue)) {
            backlog = queue.backlog();
            backlogDue = clock.instant().plus(BACKLOG_EVERY);
        }
        int places = free.availablePermits();
        for (UsageReport report : places == 0 ? List.<UsageReport>of() : take(places)) {
            free.acquire();
            threads.execute(() -> {
                try {
                    attempt(report);
                } catch (RuntimeException e) {
                    LOG.warn("How the report {} ended cannot be stored now: {}", report.id(), e.toString());
                } finally {
                    free.release();
                    news.release();
                }
            });
        }
        if (news.tryAcquire(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
            news.drainPermits();
        }
        return true;
    }
}
