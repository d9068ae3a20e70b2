package io.tollgate.control.simulation;

import io.tollgate.control.simulation.SimulationQueue.Held;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Works at simulations, one after the other. Any number of processes may run one; a simulation that a process dies
/// over is taken up by the next, from its beginning: nothing of it is stored before all of it. Thread-safe.
public final class SimulationWorker {
    private static final Logger LOG = LoggerFactory.getLogger(SimulationWorker.class);

    /// How soon a new one is seen: somebody waits for it.
    private static final Duration POLL = Duration.ofSeconds(1);

    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(5);

    /// Several signs of life in the time of a hold, so that one that comes late loses nothing.
    private static final Duration SIGN_EVERY = SimulationQueue.HELD.dividedBy(5);

    private final SimulationQueue queue;
    private final Simulating simulating;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread = Thread.ofVirtual().name("simulations").unstarted(this::work);

    public SimulationWorker(SimulationQueue queue, Simulating simulating) {
        this.queue = queue;
        this.simulating = simulating;
    }

    /// Starts working and returns at once; the database may come later.
    public void start() {
        thread.start();
    }

    /// Gives up what is in hand after `atMost`; it is taken up again.
    public void stop(Duration atMost) {
        stopping.countDown();
        try {
            if (!thread.join(atMost)) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        boolean stopped = false;
        while (!stopped) {
            Duration pause = POLL;
            try {
                while (stopping.getCount() > 0 && workAtOne()) {}
            } catch (RuntimeException | AssertionError e) {
                // PostgreSQL's driver raises the latter when a connection dies at the wrong moment.
                LOG.warn(
                        "Simulations cannot be worked at now; next attempt in {}: {}",
                        PAUSE_AFTER_FAILURE,
                        e.toString());
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

    /// Answers whether there was one.
    public boolean workAtOne() {
        Optional<Held> taken = queue.take();
        taken.ifPresent(this::finish);
        return taken.isPresent();
    }

    private void finish(Held taken) {
        long began = System.nanoTime();
        SignsOfLife signs = new SignsOfLife(taken);
        try {
            List<Totals> totals = simulating.totals(taken, signs::done);
            queue.complete(signs.stop(), totals);
            LOG.info(
                    "Simulation {} of {} tenants took {} ms",
                    taken.id(),
                    totals.size(),
                    Duration.ofNanos(System.nanoTime() - began).toMillis());
        } catch (Simulating.HopelessException e) {
            queue.fail(signs.stop(), String.valueOf(e.getMessage()));
        } finally {
            signs.stop();
        }
    }

    /// Holds a simulation for as long as its worker lives, on a thread of its own: one statement may take longer than
    /// a hold.
    private final class SignsOfLife {
        private final AtomicInteger done = new AtomicInteger();
        private final CountDownLatch stopped = new CountDownLatch(1);
        private final Thread signing;
        private volatile Held held;

        SignsOfLife(Held held) {
            this.held = held;
            this.signing = Thread.ofVirtual().name("simulation-signs").start(this::sign);
        }

        void done(int tenants) {
            done.set(tenants);
        }

        private void sign() {
            try {
                while (!stopped.await(SIGN_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                    Optional<Held> longer = held(done.get());
                    if (longer.isEmpty()) {
                        return;
                    }
                    held = longer.get();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        // A sign that cannot be given now is given next time; if that is too late, the answer is not stored.
        private Optional<Held> held(int tenantsDone) {
            try {
                return queue.hold(held, tenantsDone);
            } catch (RuntimeException | AssertionError e) {
                LOG.debug("A sign of life could not be given", e);
                return Optional.of(held);
            }
        }

        /// Answers the hold as it stands; it does not change any more.
        Held stop() {
            stopped.countDown();
            boolean interrupted = false;
            while (true) {
                try {
                    signing.join();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return held;
        }
    }
}
