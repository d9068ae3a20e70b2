package io.tollgate.control.machine;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;

/// Who runs machines. Thread-safe. Calls take as long as they take, but less than [MachineQueue#HELD].
public interface MachineProvider {
    /// It could not be done, at least for now. The message is for the operator and names no secret.
    final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;

        public FailedException(String message) {
            super(message);
        }
    }

    /// As it is stored with each machine: `fly` or `mock`.
    String name();

    /// Makes the machine of this name, or finds it if it was made before.
    ///
    /// @param machineName unique for all times
    ProvidedMachine provision(String machineName, OrganizationId organizationId, TenantId tenantId, String dockerImage)
            throws FailedException;

    /// Ends a machine of this provider; one that is gone has ended.
    void terminate(Machine machine) throws FailedException;
}
