package io.tollgate.server.runtime;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.ingest.proxy.KnownTenants;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.definition.Tenant;
import io.tollgate.quota.query.CounterLookup;
import io.tollgate.quota.query.CounterRead;
import io.tollgate.quota.query.LookupOutcome;
import java.time.Duration;
import java.util.List;

/// Tenants as definitions tell of them; one that nobody defined is there if it has counters.
record DefinedTenants(Definitions definitions, CounterLookup lookup) implements KnownTenants {
    private static final Duration WAIT_MAX = Duration.ofSeconds(2);

    @Override
    public boolean defined(OrganizationId organizationId, TenantId tenantId) {
        return definitions.tenant(organizationId, tenantId).isPresent();
    }

    @Override
    public boolean exists(OrganizationId organizationId, TenantId tenantId) {
        if (defined(organizationId, tenantId)) {
            return true;
        }
        String subjectKey = new SubjectKey(organizationId, SubjectId.tenant(tenantId)).recordKey();
        return switch (lookup.read(
                new CounterRead.AllMeters(subjectKey, "", 1), -1, WAIT_MAX, CounterLookup.OWNER_AWAITED)) {
            case LookupOutcome.Found found -> !found.readings().isEmpty();
            // Its limits are asked of the same owner next, which then says so.
            case LookupOutcome.OwnerUnavailable unavailable -> true;
        };
    }

    @Override
    public List<String> machines(OrganizationId organizationId, TenantId tenantId) {
        return definitions
                .tenant(organizationId, tenantId)
                .map(Tenant::machineIds)
                .orElse(List.of());
    }
}
