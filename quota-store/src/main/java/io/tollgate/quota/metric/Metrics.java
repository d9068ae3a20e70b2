package io.tollgate.quota.metric;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.SubjectKey;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.limit.EffectiveLimits;
import io.tollgate.metering.limit.EffectivePlan;
import io.tollgate.metering.limit.LimitCatalog;
import io.tollgate.metering.limit.PlanLimit;
import io.tollgate.metering.metric.Metric;
import io.tollgate.metering.metric.MetricSettings;
import io.tollgate.quota.definition.Definitions;
import io.tollgate.quota.definition.Tenant;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/// What is defined about the meters of subjects, in the memory of this process. Thread-safe.
public final class Metrics {
    private final Definitions definitions;

    public Metrics(Definitions definitions) {
        this.definitions = definitions;
    }

    /// The plan that a tenant is on at `now`.
    public EffectivePlan plan(OrganizationId organizationId, TenantId tenantId, Instant now) {
        Tenant tenant = definitions.tenant(organizationId, tenantId).orElse(Tenant.IMPLICIT);
        return EffectivePlan.of(
                definitions.limits(organizationId),
                tenant.planRef(),
                tenant.stripePriceId(),
                tenant.subscriptionEndsAt(),
                now);
    }

    /// A meter of a subject as it is defined at `now`. Every meter is: one that nobody defined is what an event makes
    /// it.
    public Metric metric(OrganizationId organizationId, SubjectId subject, String meter, Instant now) {
        Optional<MetricSettings> given = definitions.metric(organizationId, subject, meter);
        Optional<PlanLimit> own = given.flatMap(MetricSettings::ownLimit);
        LimitCatalog catalog = definitions.limits(organizationId);
        EffectiveLimits limits = subject.tenantId()
                .map(tenant ->
                        EffectiveLimits.of(catalog, plan(organizationId, tenant, now), tenant.value(), meter, own))
                .orElseGet(() -> EffectiveLimits.ofMetric(own));
        return Metric.of(meter, given, limits);
    }

    /// The settings that somebody gave a meter of a subject.
    public Optional<MetricSettings> given(OrganizationId organizationId, SubjectId subject, String meter) {
        return definitions.metric(organizationId, subject, meter);
    }

    public Optional<MetricSettings> given(SubjectKey subjectKey, String meter) {
        return given(subjectKey.organizationId(), subjectKey.subject(), meter);
    }

    /// Every subject with the meters that somebody gave settings.
    public void forEachGiven(BiConsumer<SubjectKey, Set<String>> each) {
        definitions.forEachMetric((organizationId, subjects) -> subjects.forEach(
                (subject, meters) -> each.accept(new SubjectKey(organizationId, subject), meters.keySet())));
    }

    /// Whether limits or settings may apply to meters of the organization at all; false is quick to find out.
    public boolean anyDefined(OrganizationId organizationId) {
        return definitions.metricsDefined(organizationId);
    }

    /// Names of the meters of a subject that are there although nothing may be counted for them yet, sorted.
    public Collection<String> defined(OrganizationId organizationId, SubjectId subject, Instant now) {
        TreeSet<String> meters = new TreeSet<>(definitions.metersWithSettings(organizationId, subject));
        subject.tenantId().ifPresent(tenant -> meters.addAll(limited(organizationId, tenant, now)));
        return meters;
    }

    /// Names of the meters on which a tenant has limits of its own, of its plan, or of the organization, sorted.
    public Collection<String> limited(OrganizationId organizationId, TenantId tenantId, Instant now) {
        LimitCatalog catalog = definitions.limits(organizationId);
        EffectivePlan plan = plan(organizationId, tenantId, now);
        TreeSet<String> meters = new TreeSet<>(catalog.metersOfDefaults());
        plan.plan().ifPresent(on -> meters.addAll(catalog.metersOfPlan(on.id())));
        if (!plan.expired()) {
            meters.addAll(catalog.metersOfTenant(tenantId.value()));
        }
        return meters;
    }
}
