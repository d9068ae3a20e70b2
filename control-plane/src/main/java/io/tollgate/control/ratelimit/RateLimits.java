package io.tollgate.control.ratelimit;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import io.tollgate.contract.access.Actor;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The rate limits of all organizations. A change is in force at this instance on return, unless waiting for that was
/// given up. Thread-safe.
public interface RateLimits {
    RateLimitOutcome create(OrganizationId organizationId, RateLimitTerms terms, Actor actor);

    /// Newest first.
    ///
    /// @param limit most rows
    /// @param after the last one seen
    List<StoredRateLimit> list(OrganizationId organizationId, int limit, Optional<TimeCursor> after);

    Optional<StoredRateLimit> find(OrganizationId organizationId, String id);

    /// Changes a rate limit while no other one of the organization changes.
    ///
    /// @param change may throw, and then changes nothing
    RateLimitOutcome change(
            OrganizationId organizationId, String id, UnaryOperator<RateLimitTerms> change, Actor actor);

    /// Answers false if there is no such rate limit.
    boolean delete(OrganizationId organizationId, String id, Actor actor);
}
