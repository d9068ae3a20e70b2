package io.tollgate.control.simulation.postgres;

import io.tollgate.metering.limit.LimitCatalog;
import io.tollgate.metering.limit.Plan;
import io.tollgate.metering.limit.PlanLimit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// The plans of one organization in memory: which one is in force is asked for many tenants. Holds no limits.
record PlanCatalog(List<Plan> plans) implements LimitCatalog {
    @Override
    public Optional<Plan> planById(String id) {
        return find(plan -> plan.id().equals(id));
    }

    @Override
    public Optional<Plan> planByName(String name) {
        return find(plan -> plan.name().equals(name));
    }

    @Override
    public Optional<Plan> planByPrice(String stripePriceId) {
        return find(plan -> plan.stripePriceId().equals(Optional.of(stripePriceId)));
    }

    @Override
    public Optional<Plan> planWithoutPrice() {
        return find(plan -> plan.stripePriceId().isEmpty());
    }

    private Optional<Plan> find(Predicate<Plan> wanted) {
        return plans.stream().filter(wanted).findFirst();
    }

    @Override
    public List<PlanLimit> ofTenant(String tenantId, String meter) {
        return List.of();
    }

    @Override
    public List<PlanLimit> ofPlan(String planId, String meter) {
        return List.of();
    }

    @Override
    public List<PlanLimit> defaults(String meter) {
        return List.of();
    }

    @Override
    public Set<String> metersOfTenant(String tenantId) {
        return Set.of();
    }

    @Override
    public Set<String> metersOfPlan(String planId) {
        return Set.of();
    }

    @Override
    public Set<String> metersOfDefaults() {
        return Set.of();
    }
}
