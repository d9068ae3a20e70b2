package io.tollgate.control.plan;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;
import java.util.Optional;

/// A plan as it is kept.
///
/// @param stripePriceId empty for the free plan, of which an organization has at most one
/// @param machines made for a tenant with each payment
/// @param dockerImage what they run; given if there are any
/// @param createdAt with microseconds
/// @param updatedAt with microseconds
public record StoredPlan(
        OrganizationId organizationId,
        String id,
        String name,
        Optional<String> stripePriceId,
        int machines,
        Optional<String> dockerImage,
        Instant createdAt,
        Instant updatedAt) {}
