package io.tollgate.control.machine;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// The tasks that wait to be done. Thread-safe, over all processes: a task is held by one at a time.
public interface MachineQueue {
    /// How long a task is held. More than the calls of one attempt can take together; who dies over a task delays it by
    /// this much.
    Duration HELD = Duration.ofMinutes(5);

    /// What became of an attempt that failed.
    sealed interface Failure {
        record Again(Instant at) implements Failure {}

        /// It was the last; see the dead letters.
        record GivenUp() implements Failure {}

        /// It had been held too long, and is another's.
        record TakenOver() implements Failure {}
    }

    /// Makes tasks of crossings of plan limits that are to be followed by a machine: one each, where the metric asks
    /// for
    /// it and the tenant may have one more. Answers how many crossings it were; some may be left. A crossing that can
    /// never be followed is
    /// logged and forgotten.
    int followCrossings();

    /// Takes the task that has been due for longest. Absent if none is.
    Optional<MachineTask> take();

    /// The machine that `task` was to make runs. Nothing happens if the task is another's by now, who finds the same
    /// machine.
    void provisioned(MachineTask task, String provider, ProvidedMachine machine);

    /// The machine that `task` was to end has ended.
    void terminated(MachineTask task);

    Failure failed(MachineTask task, String reason);

    /// Asks for the end of machines that have expired or whose tenant is deleted, each once; answers how many.
    int endExpired();

    /// Forgets machines and tasks that ended before `before`; answers how many rows. Dead tasks stay.
    int purge(Instant before);
}
