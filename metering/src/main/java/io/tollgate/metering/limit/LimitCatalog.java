package io.tollgate.metering.limit;

import java.util.List;
import java.util.Set;

/// The plans and plan limits of one organization, for looking up. Names and ids are compared exactly.
public interface LimitCatalog extends PlanCatalog {
    /// Limits on `meter` made for this one tenant.
    List<PlanLimit> ofTenant(String tenantId, String meter);

    /// Limits of a plan on `meter`.
    List<PlanLimit> ofPlan(String planId, String meter);

    /// Limits on `meter` for every tenant that nothing else limits.
    List<PlanLimit> defaults(String meter);

    /// The meters on which this one tenant has limits of its own.
    Set<String> metersOfTenant(String tenantId);

    /// The meters that a plan limits.
    Set<String> metersOfPlan(String planId);

    /// The meters that are limited for every tenant.
    Set<String> metersOfDefaults();
}
