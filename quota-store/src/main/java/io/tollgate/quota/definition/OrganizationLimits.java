package io.tollgate.quota.definition;

import io.tollgate.metering.limit.LimitCatalog;
import io.tollgate.metering.limit.Plan;
import io.tollgate.metering.limit.PlanLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The plans and plan limits of one organization. Any thread looks up; one thread changes.
final class OrganizationLimits implements LimitCatalog {
    /// Of an organization without plans and limits.
    static final LimitCatalog NONE = new OrganizationLimits();

    /// What a limit applies to: one tenant, one plan, or with both absent every tenant.
    record Target(@Nullable String tenantId, @Nullable String planId) {}

    private static final Target EVERYBODY = new Target(null, null);

    private final Map<String, Plan> byId = new ConcurrentHashMap<>();
    private final Map<String, Plan> byName = new ConcurrentHashMap<>();
    private final Map<String, Plan> byPrice = new ConcurrentHashMap<>();
    private volatile Optional<Plan> free = Optional.empty();
    private final Map<Target, Map<String, List<PlanLimit>>> limits = new ConcurrentHashMap<>();

    @Override
    public Optional<Plan> planById(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    @Override
    public Optional<Plan> planByName(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    @Override
    public Optional<Plan> planByPrice(String stripePriceId) {
        return Optional.ofNullable(byPrice.get(stripePriceId));
    }

    @Override
    public Optional<Plan> planWithoutPrice() {
        return free;
    }

    @Override
    public List<PlanLimit> ofTenant(String tenantId, String meter) {
        return find(new Target(tenantId, null), meter);
    }

    @Override
    public List<PlanLimit> ofPlan(String planId, String meter) {
        return find(new Target(null, planId), meter);
    }

    @Override
    public List<PlanLimit> defaults(String meter) {
        return find(EVERYBODY, meter);
    }

    @Override
    public Set<String> metersOfTenant(String tenantId) {
        return meters(new Target(tenantId, null));
    }

    @Override
    public Set<String> metersOfPlan(String planId) {
        return meters(new Target(null, planId));
    }

    @Override
    public Set<String> metersOfDefaults() {
        return meters(EVERYBODY);
    }

    private List<PlanLimit> find(Target target, String meter) {
        return limits.getOrDefault(target, Map.of()).getOrDefault(meter, List.of());
    }

    private Set<String> meters(Target target) {
        return Set.copyOf(limits.getOrDefault(target, Map.of()).keySet());
    }

    /// Calls `each` with every limit on one of `meters`, whatever it applies to.
    void forEach(Set<String> meters, Consumer<PlanLimit> each) {
        for (Map<String, List<PlanLimit>> ofTarget : limits.values()) {
            ofTarget.forEach((meter, onMeter) -> {
                if (meters.contains(meter)) {
                    onMeter.forEach(each);
                }
            });
        }
    }

    boolean anyLimit() {
        return !limits.isEmpty();
    }

    void put(Plan plan) {
        Plan before = byId.put(plan.id(), plan);
        byName.put(plan.name(), plan);
        plan.stripePriceId().ifPresentOrElse(price -> byPrice.put(price, plan), () -> free = Optional.of(plan));
        // The old names go after the new ones are there, so that nobody meets neither.
        if (before != null && !before.equals(plan)) {
            forget(before);
        }
    }

    void remove(String planId) {
        Plan before = byId.remove(planId);
        if (before != null) {
            forget(before);
        }
    }

    // Names and prices may be another plan's by now.
    private void forget(Plan before) {
        byName.remove(before.name(), before);
        before.stripePriceId().ifPresent(price -> byPrice.remove(price, before));
        if (free.equals(Optional.of(before))) {
            free = Optional.empty();
        }
    }

    void put(Target target, PlanLimit limit) {
        Map<String, List<PlanLimit>> ofTarget = limits.computeIfAbsent(target, key -> new ConcurrentHashMap<>());
        List<PlanLimit> ofMeter = new ArrayList<>(without(ofTarget.getOrDefault(limit.meter(), List.of()), limit.id()));
        ofMeter.add(limit);
        ofTarget.put(limit.meter(), List.copyOf(ofMeter));
    }

    void remove(Target target, PlanLimit limit) {
        Map<String, List<PlanLimit>> ofTarget = limits.get(target);
        if (ofTarget == null) {
            return;
        }
        List<PlanLimit> left = without(ofTarget.getOrDefault(limit.meter(), List.of()), limit.id());
        if (left.isEmpty()) {
            ofTarget.remove(limit.meter());
            if (ofTarget.isEmpty()) {
                limits.remove(target);
            }
        } else {
            ofTarget.put(limit.meter(), left);
        }
    }

    private static List<PlanLimit> without(List<PlanLimit> limits, String id) {
        return limits.stream().filter(limit -> !limit.id().equals(id)).toList();
    }
}
