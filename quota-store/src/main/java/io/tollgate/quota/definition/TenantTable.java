package io.tollgate.quota.definition;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.definition.TenantDefinition;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The tenants about whom more is known than that they have usage. Any thread looks up; one thread changes.
final class TenantTable {
    private final Map<OrganizationId, Map<TenantId, Tenant>> tenants = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();

    Optional<Tenant> find(OrganizationId organizationId, TenantId tenantId) {
        return Optional.ofNullable(look(organizationId, tenantId));
    }

    boolean deleted(OrganizationId organizationId, TenantId tenantId) {
        Tenant tenant = look(organizationId, tenantId);
        return tenant != null && tenant.status() == Tenant.Status.DELETED;
    }

    private @Nullable Tenant look(OrganizationId organizationId, TenantId tenantId) {
        Map<TenantId, Tenant> ofOrganization = tenants.get(organizationId);
        return ofOrganization == null ? null : ofOrganization.get(tenantId);
    }

    int size() {
        return size.get();
    }

    /// @param recordKey `organization/tenant`; organizations have no slash in their id
    void apply(String recordKey, @Nullable TenantDefinition definition) {
        int slash = recordKey.indexOf('/');
        OrganizationId organizationId = new OrganizationId(recordKey.substring(0, slash));
        TenantId tenantId = new TenantId(recordKey.substring(slash + 1));
        if (definition == null) {
            Map<TenantId, Tenant> ofOrganization = tenants.get(organizationId);
            if (ofOrganization != null && ofOrganization.remove(tenantId) != null) {
                size.decrementAndGet();
            }
        } else if (tenants.computeIfAbsent(organizationId, id -> new ConcurrentHashMap<>())
                        .put(tenantId, Tenant.fromAvro(definition))
                == null) {
            size.incrementAndGet();
        }
    }
}
