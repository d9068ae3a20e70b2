package io.tollgate.control.machine;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// A machine that runs for a tenant.
///
/// @param id of the task that made it
/// @param provider name of the [MachineProvider] that runs it
/// @param expiresAt absent: it never ends by itself
public record Machine(
        UUID id,
        OrganizationId organizationId,
        TenantId tenantId,
        String provider,
        ProvidedMachine provided,
        Optional<Instant> expiresAt) {}
