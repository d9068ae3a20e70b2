package io.tollgate.control.machine;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Actor;
import java.util.List;

/// The machines of all tenants. Thread-safe.
public interface Machines {
    /// Most machines that one tenant has or waits for: their ids must fit into one header of a proxied request.
    int PER_TENANT_MAX = 100;

    /// Those that run, oldest first.
    List<Machine> running(OrganizationId organizationId, TenantId tenantId);

    /// Asks for a machine; audited under `actor`. An order whose key was used is answered and nothing else.
    Queueing provision(Actor actor, MachineOrder order);

    /// Asks for the end of all machines of a tenant, also where it was asked for and given up before; audited under
    /// `actor`. Answers how many there are.
    int terminateAll(Actor actor, OrganizationId organizationId, TenantId tenantId);
}
