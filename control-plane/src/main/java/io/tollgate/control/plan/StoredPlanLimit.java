package io.tollgate.control.plan;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;

/// A plan limit as it is kept.
///
/// @param createdAt with microseconds
/// @param updatedAt with microseconds
public record StoredPlanLimit(
        OrganizationId organizationId, String id, PlanLimitTerms terms, Instant createdAt, Instant updatedAt) {}
