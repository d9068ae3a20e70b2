package io.tollgate.quota.definition;

import io.tollgate.contract.OrganizationId;
import io.tollgate.definition.PlanDefinition;
import io.tollgate.definition.PlanLimitDefinition;
import io.tollgate.metering.limit.LimitCatalog;
import io.tollgate.metering.limit.Plan;
import io.tollgate.metering.limit.PlanLimit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The plans and plan limits in force. Any thread looks up; one thread changes.
final class LimitTable {
    private record Row(OrganizationId organizationId, OrganizationLimits.Target target, PlanLimit limit) {
        boolean samePlace(Row other) {
            return organizationId.equals(other.organizationId)
                    && target.equals(other.target)
                    && limit.meter().equals(other.limit.meter());
        }
    }

    private final Map<OrganizationId, OrganizationLimits> organizations = new ConcurrentHashMap<>();
    private final Map<String, Row> rows = new HashMap<>();
    private volatile int size;

    LimitCatalog of(OrganizationId organizationId) {
        OrganizationLimits limits = organizations.get(organizationId);
        return limits == null ? OrganizationLimits.NONE : limits;
    }

    /// Calls `each` with every limit of the organization on one of `meters`.
    void forEach(OrganizationId organizationId, Set<String> meters, Consumer<PlanLimit> each) {
        OrganizationLimits limits = organizations.get(organizationId);
        if (limits != null) {
            limits.forEach(meters, each);
        }
    }

    boolean anyLimit(OrganizationId organizationId) {
        OrganizationLimits limits = organizations.get(organizationId);
        return limits != null && limits.anyLimit();
    }

    /// Limits in force.
    int size() {
        return size;
    }

    /// @param recordKey `organization/plan`
    void applyPlan(String recordKey, @Nullable PlanDefinition definition) {
        int slash = recordKey.indexOf('/');
        OrganizationLimits organization = organization(new OrganizationId(recordKey.substring(0, slash)));
        if (definition == null) {
            organization.remove(recordKey.substring(slash + 1));
        } else {
            organization.put(new Plan(
                    definition.getPlanId(),
                    definition.getPlanName(),
                    Optional.ofNullable(definition.getStripePriceId())));
        }
    }

    void applyLimit(String limitId, @Nullable PlanLimitDefinition definition) {
        Row before = rows.remove(limitId);
        if (definition != null) {
            Row row = new Row(
                    new OrganizationId(definition.getOrganizationId()),
                    new OrganizationLimits.Target(definition.getTenantId(), definition.getPlanId()),
                    LimitAvro.fromAvro(definition));
            rows.put(limitId, row);
            organization(row.organizationId()).put(row.target(), row.limit());
            // The old one goes after the new one is there, so that nobody meets neither.
            if (before != null && !before.samePlace(row)) {
                remove(before);
            }
        } else if (before != null) {
            remove(before);
        }
        size = rows.size();
    }

    private void remove(Row row) {
        organization(row.organizationId()).remove(row.target(), row.limit());
    }

    private OrganizationLimits organization(OrganizationId organizationId) {
        return organizations.computeIfAbsent(organizationId, id -> new OrganizationLimits());
    }
}
