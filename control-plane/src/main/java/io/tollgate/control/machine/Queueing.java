package io.tollgate.control.machine;

import java.util.UUID;

/// What became of the wish for a machine.
public sealed interface Queueing {
    /// The task with this id makes it; asked for again, it is the same task.
    record Queued(UUID taskId) implements Queueing {}

    /// No such tenant, or a deleted one.
    record NoTenant() implements Queueing {}

    /// The tenant has, or waits for, as many machines as a tenant may have.
    record TooMany() implements Queueing {}
}
