package io.tollgate.billing.invoice;

import io.tollgate.contract.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out runs, one at a time in this process. One that is broken off is taken up again, here or elsewhere, where
/// it was.
public final class InvoiceRunner {
    private static final Logger LOG = LoggerFactory.getLogger(InvoiceRunner.class);

    /// How soon a run that another process took is seen.
    private static final Duration POLL = Duration.ofSeconds(1);

    /// How long nobody else takes a run whose worker has died. It is made longer between tenants; should one tenant
    /// take
    /// longer than this, whoever comes waits for it, for a tenant is settled once.
    private static final Duration CLAIM = Duration.ofSeconds(20);

    private static final Duration KEPT_EVERY = Duration.ofSeconds(5);

    private static final Duration STORED_WITHIN = Duration.ofSeconds(30);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(2);
    private static final int BATCH = 100;

    private final InvoiceRuns runs;
    private final Contracts contracts;
    private final LogEnd logEnd;
    private final BooleanSupplier ready;
    private final InstantSource clock;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread = Thread.ofVirtual().name("invoice-runner").unstarted(this::work);

    /// @param ready whether it is known how meters are counted: until then nothing is invoiced
    public InvoiceRunner(
            InvoiceRuns runs, Contracts contracts, LogEnd logEnd, BooleanSupplier ready, InstantSource clock) {
        this.ready = ready;
        this.runs = runs;
        this.contracts = contracts;
        this.logEnd = logEnd;
        this.clock = clock;
    }

    /// Starts and returns at once; the database may come later.
    public void start() {
        thread.start();
    }

    /// Breaks off the run in hand and waits `atMost` for that; it is taken up again.
    public void stop(Duration atMost) {
        stopping.countDown();
        thread.interrupt();
        try {
            thread.join(atMost);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        boolean stopped = false;
        while (!stopped) {
            Duration pause = POLL;
            try {
                pause = runOne() ? Duration.ZERO : POLL;
            } catch (RuntimeException | AssertionError e) {
                // PostgreSQL's driver raises the latter when a connection dies at the wrong moment.
                LOG.warn("Invoices cannot be made now; next attempt in {}: {}", PAUSE_AFTER_FAILURE, e.toString());
                LOG.debug("The failure in full", e);
                pause = PAUSE_AFTER_FAILURE;
            }
            try {
                stopped = stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                stopped = true;
            }
        }
    }

    /// Carries out one run, if there is one.
    boolean runOne() {
        if (!ready.getAsBoolean()) {
            return false;
        }
        Optional<InvoiceRuns.Run> claimed =
                runs.claim(clock.instant().plus(STORED_WITHIN).plus(CLAIM));
        if (claimed.isEmpty()) {
            return false;
        }
        InvoiceRuns.Run run = claimed.get();
        if (!run.chosen()) {
            if (!logEnd.awaitAllStored(STORED_WITHIN)) {
                return notYet(run);
            }
            runs.choose(run);
        }
        int done = 0;
        for (List<TenantId> batch = runs.waiting(run, BATCH); !batch.isEmpty(); batch = runs.waiting(run, BATCH)) {
            Optional<Map<TenantId, Long>> before = logEnd.awaitStored(run.organizationId(), batch, STORED_WITHIN);
            if (before.isEmpty()) {
                return notYet(run);
            }
            Instant kept = Instant.MIN;
            for (Map.Entry<TenantId, Long> tenant : before.get().entrySet()) {
                Instant now = clock.instant();
                if (kept.isBefore(now.minus(KEPT_EVERY))) {
                    runs.keep(run, now.plus(CLAIM));
                    kept = now;
                }
                settle(run, tenant.getKey(), tenant.getValue());
            }
            done += batch.size();
            LOG.info("Invoice run {}: {} tenants done", run.id(), done);
        }
        runs.complete(run);
        return true;
    }

    private boolean notYet(InvoiceRuns.Run run) {
        runs.giveUpForNow(
                run,
                "events that are logged are not stored yet",
                clock.instant().plus(PAUSE_AFTER_FAILURE));
        return false;
    }

    private void settle(InvoiceRuns.Run run, TenantId tenant, long before) {
        try {
            runs.settle(run, tenant, contracts.of(run.organizationId(), tenant), before);
        } catch (IllegalStateException e) {
            // The books of one tenant do not balance: the others must not wait for it.
            LOG.error("Invoice run {}: tenant {} cannot be invoiced", run.id(), tenant, e);
            runs.fail(run, tenant);
        }
    }
}
