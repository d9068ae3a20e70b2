package io.tollgate.control.machine;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;

/// Machines that do not exist, for trying things out: chosen by the operator with `MOCK_MODE`, and by nothing else.
/// Their addresses are such that no machine can have.
public final class MockMachines implements MachineProvider {
    /// Reserved for documentation by RFC 5737.
    private static final String ADDRESS = "192.0.2.1";

    private static final String APP = "tg-mock";

    @Override
    public String name() {
        return "mock";
    }

    @Override
    public ProvidedMachine provision(
            String machineName, OrganizationId organizationId, TenantId tenantId, String dockerImage) {
        String id = "mock_" + machineName.replace("-", "");
        return new ProvidedMachine(id, APP, "https://" + machineName + ".invalid", ADDRESS, dockerImage);
    }

    @Override
    public void terminate(Machine machine) {
        // There is nothing to end.
    }
}
