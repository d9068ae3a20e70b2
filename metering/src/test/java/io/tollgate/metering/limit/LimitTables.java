package io.tollgate.metering.limit;

import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The catalog of one organization in maps, for tests.
final class LimitTables implements LimitCatalog {
    private final Map<String, Plan> plans = new LinkedHashMap<>();
    private final Map<String, List<PlanLimit>> limits = new LinkedHashMap<>();

    static PlanLimit limit(String meter, String value) {
        return limit(meter, value, LimitPeriod.MONTHLY, LimitOperator.GTE, BreachAction.DENY);
    }

    static PlanLimit limit(
            String meter, String value, LimitPeriod period, LimitOperator operator, BreachAction action) {
        return new PlanLimit(
                meter + "-" + value + "-" + period.word(),
                meter,
                new BigDecimal(value),
                period,
                operator,
                action,
                MetricType.RESET,
                Operation.SUM,
                List.of());
    }

    LimitTables plan(String id, String name, String price, PlanLimit... ofPlan) {
        plans.put(id, new Plan(id, name, Optional.of(price).filter(text -> !text.isEmpty())));
        limits.put("plan " + id, List.of(ofPlan));
        return this;
    }

    LimitTables tenant(String id, PlanLimit... own) {
        limits.put("tenant " + id, List.of(own));
        return this;
    }

    LimitTables defaults(PlanLimit... forAll) {
        limits.put("default", List.of(forAll));
        return this;
    }

    @Override
    public Optional<Plan> planById(String id) {
        return Optional.ofNullable(plans.get(id));
    }

    @Override
    public Optional<Plan> planByName(String name) {
        return plans.values().stream().filter(plan -> plan.name().equals(name)).findFirst();
    }

    @Override
    public Optional<Plan> planByPrice(String stripePriceId) {
        return plans.values().stream()
                .filter(plan -> plan.stripePriceId().equals(Optional.of(stripePriceId)))
                .findFirst();
    }

    @Override
    public Optional<Plan> planWithoutPrice() {
        return plans.values().stream()
                .filter(plan -> plan.stripePriceId().isEmpty())
                .findFirst();
    }

    @Override
    public List<PlanLimit> ofTenant(String tenantId, String meter) {
        return of("tenant " + tenantId, meter);
    }

    @Override
    public List<PlanLimit> ofPlan(String planId, String meter) {
        return of("plan " + planId, meter);
    }

    @Override
    public List<PlanLimit> defaults(String meter) {
        return of("default", meter);
    }

    @Override
    public Set<String> metersOfTenant(String tenantId) {
        return meters("tenant " + tenantId);
    }

    @Override
    public Set<String> metersOfPlan(String planId) {
        return meters("plan " + planId);
    }

    @Override
    public Set<String> metersOfDefaults() {
        return meters("default");
    }

    private List<PlanLimit> of(String owner, String meter) {
        List<PlanLimit> found = new ArrayList<>(limits.getOrDefault(owner, List.of()));
        found.removeIf(limit -> !limit.meter().equals(meter));
        return found;
    }

    private Set<String> meters(String owner) {
        return limits.getOrDefault(owner, List.of()).stream()
                .map(PlanLimit::meter)
                .collect(Collectors.toUnmodifiableSet());
    }
}
