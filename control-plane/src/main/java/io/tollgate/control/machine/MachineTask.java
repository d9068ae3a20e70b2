package io.tollgate.control.machine;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// A task that somebody is at.
///
/// @param attempts that have failed so far
/// @param until then nobody else takes it; who holds it proves so by this time
public record MachineTask(
        UUID id, OrganizationId organizationId, TenantId tenantId, Work work, int attempts, Instant until) {
    /// What is to be done.
    public sealed interface Work {
        /// Make a machine.
        record Provision(String dockerImage, Optional<Instant> expiresAt) implements Work {}

        /// End one.
        record Terminate(Machine machine) implements Work {}
    }

    /// What the machine that this task makes is called at its provider: it is found by that if nobody remembers having
    /// made it.
    public String machineName() {
        return machineName(id);
    }

    /// Of the machine that the task with this id makes.
    public static String machineName(UUID id) {
        return "tg-" + id;
    }
}
