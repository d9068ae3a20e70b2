package io.tollgate.metering.limit;

import java.util.Optional;

/// The plans of one organization, for looking up. Names and ids are compared exactly.
public interface PlanCatalog {
    Optional<Plan> planById(String id);

    Optional<Plan> planByName(String name);

    Optional<Plan> planByPrice(String stripePriceId);

    /// The free plan: the only one without a price.
    Optional<Plan> planWithoutPrice();
}
