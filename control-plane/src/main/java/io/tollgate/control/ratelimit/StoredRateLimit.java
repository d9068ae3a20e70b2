package io.tollgate.control.ratelimit;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;

/// A rate limit as it is kept.
///
/// @param createdAt with microseconds
/// @param updatedAt with microseconds
public record StoredRateLimit(
        OrganizationId organizationId, String id, RateLimitTerms terms, Instant createdAt, Instant updatedAt) {}
