package io.tollgate.control.machine;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.control.machine.MachineProvider.FailedException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes and ends machines as tasks ask for it. Any number of processes may run one; a task that a process dies over is
/// taken up by the next. Thread-safe.
public final class MachineWorker {
    /// Tasks that one look at the queue takes up, one after the other: so others get their turn.
    public static final int TASKS_MAX = 10;

    private static final Logger LOG = LoggerFactory.getLogger(MachineWorker.class);
    private static final Duration KEPT = Duration.ofDays(90);

    private final MachineQueue queue;
    private final MachineProvider provider;
    private final InstantSource clock;
    private final Executor executor;
    private final AtomicBoolean triggered = new AtomicBoolean();
    private final Counter done;
    private final Counter failed;

    /// @param executor runs what [#trigger()] sets off
    public MachineWorker(
            MachineQueue queue,
            MachineProvider provider,
            InstantSource clock,
            Executor executor,
            MeterRegistry metrics) {
        this.queue = queue;
        this.provider = provider;
        this.clock = clock;
        this.executor = executor;
        this.done = Counter.builder("tollgate.machines.tasks.done")
                .description("Machines made or ended")
                .register(metrics);
        this.failed = Counter.builder("tollgate.machines.tasks.failures")
                .description("Attempts to make or end a machine that failed")
                .register(metrics);
    }

    /// Makes tasks of what has crossed a limit, and does what is due, [#TASKS_MAX] tasks at most.
    public void poll() {
        followCrossings();
        for (int i = 0; i < TASKS_MAX; i++) {
            Optional<MachineTask> task = queue.take();
            if (task.isEmpty()) {
                return;
            }
            attempt(task.get());
        }
    }

    // Whatever is wrong with crossings, the tasks of all others are still to be done.
    private void followCrossings() {
        try {
            queue.followCrossings();
        } catch (RuntimeException e) {
            LOG.warn("Crossings of limits cannot be followed now; the next look at them follows: {}", e.toString());
            LOG.debug("The failure in full", e);
        }
    }

    /// As [#poll()], without waiting for it; nothing happens if that is going on.
    public void trigger() {
        if (triggered.compareAndSet(false, true)) {
            executor.execute(() -> {
                try {
                    poll();
                } catch (RuntimeException e) {
                    LOG.warn("Machine tasks cannot be done now; the next look at them follows: {}", e.toString());
                    LOG.debug("The failure in full", e);
                } finally {
                    triggered.set(false);
                }
            });
        }
    }

    /// Asks for the end of what has expired, and forgets what ended long ago.
    public void keepUp() {
        int expired = queue.endExpired();
        if (expired > 0) {
            LOG.info("{} machines have expired and are being ended", expired);
        }
        queue.purge(clock.instant().minus(KEPT));
    }

    private void attempt(MachineTask task) {
        switch (task.work()) {
            case MachineTask.Work.Provision provision -> provision(task, provision);
            case MachineTask.Work.Terminate terminate -> terminate(task, terminate.machine());
        }
    }

    // Only what the provider does can fail an attempt. If storing its result fails, the task is taken up again.
    private void provision(MachineTask task, MachineTask.Work.Provision wanted) {
        ProvidedMachine machine;
        try {
            machine = provider.provision(
                    task.machineName(), task.organizationId(), task.tenantId(), wanted.dockerImage());
        } catch (FailedException | RuntimeException e) {
            fail(task, e);
            return;
        }
        queue.provisioned(task, provider.name(), machine);
        done.increment();
    }

    private void terminate(MachineTask task, Machine machine) {
        try {
            if (!machine.provider().equals(provider.name())) {
                throw new FailedException("The machine is one of the provider " + machine.provider()
                        + ", and this installation now uses " + provider.name() + ".");
            }
            provider.terminate(machine);
        } catch (FailedException | RuntimeException e) {
            fail(task, e);
            return;
        }
        queue.terminated(task);
        done.increment();
    }

    private void fail(MachineTask task, Exception failure) {
        failed.increment();
        String reason = failure instanceof FailedException
                ? String.valueOf(failure.getMessage())
                : "Unexpected failure: " + failure.getClass().getSimpleName();
        LOG.debug("Machine task {} failed", task.id(), failure);
        switch (queue.failed(task, reason)) {
            case MachineQueue.Failure.Again again ->
                LOG.info("Machine task {} failed and is attempted again at {}: {}", task.id(), again.at(), reason);
            case MachineQueue.Failure.GivenUp givenUp ->
                LOG.warn("Machine task {} is given up, see the dead letters: {}", task.id(), reason);
            case MachineQueue.Failure.TakenOver takenOver ->
                LOG.info("Machine task {} failed after another instance had taken it over: {}", task.id(), reason);
        }
    }
}
