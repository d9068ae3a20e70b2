package io.tollgate.control.simulation.postgres;

import io.tollgate.metering.limit.Plan;
import io.tollgate.metering.limit.PlanCatalog;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// The plans of one organization in memory: which one is in force is asked for many tenants.
record ListedPlans(List<Plan> plans) implements PlanCatalog {
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
}
