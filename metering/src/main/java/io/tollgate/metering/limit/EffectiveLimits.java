package io.tollgate.metering.limit;

import java.util.List;
import java.util.Optional;

/// The limits that apply to a tenant's meter now.
///
/// @param limits all of them are tested
/// @param source where they come from; empty if there are none
public record EffectiveLimits(List<PlanLimit> limits, Optional<LimitSource> source) {
    private static final EffectiveLimits NONE = new EffectiveLimits(List.of(), Optional.empty());

    public EffectiveLimits {
        limits = List.copyOf(limits);
    }

    /// The first source that has any limit for the meter supplies all of them. After the end of the subscription the
    /// tenant's own limits are skipped.
    ///
    /// @param plan of the tenant, now
    /// @param metricOwn the limit set on the metric itself; one of 0 is none
    public static EffectiveLimits of(
            LimitCatalog catalog, EffectivePlan plan, String tenantId, String meter, Optional<PlanLimit> metricOwn) {
        if (!plan.expired()) {
            List<PlanLimit> overrides = catalog.ofTenant(tenantId, meter);
            if (!overrides.isEmpty()) {
                return new EffectiveLimits(overrides, Optional.of(LimitSource.OVERRIDE));
            }
        }
        List<PlanLimit> ofPlan =
                plan.plan().map(found -> catalog.ofPlan(found.id(), meter)).orElse(List.of());
        if (!ofPlan.isEmpty()) {
            return new EffectiveLimits(ofPlan, Optional.of(LimitSource.PLAN));
        }
        EffectiveLimits own = ofMetric(metricOwn);
        if (!own.limits().isEmpty()) {
            return own;
        }
        List<PlanLimit> defaults = catalog.defaults(meter);
        return defaults.isEmpty() ? NONE : new EffectiveLimits(defaults, Optional.of(LimitSource.DEFAULT));
    }

    /// What applies to the meter of a subject that is no tenant: the metric's own limit only.
    public static EffectiveLimits ofMetric(Optional<PlanLimit> metricOwn) {
        return metricOwn
                .filter(own -> own.value().signum() > 0)
                .map(own -> new EffectiveLimits(List.of(own), Optional.of(LimitSource.METRIC)))
                .orElse(NONE);
    }
}
