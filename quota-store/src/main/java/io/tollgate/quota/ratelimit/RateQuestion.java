package io.tollgate.quota.ratelimit;

import io.tollgate.contract.OrganizationId;
import io.tollgate.metering.ratelimit.RateLimit;
import java.util.List;

/// Whether a request of an organization passes.
///
/// @param partition of the organization's own record key
/// @param limits at least one, each of another key; they hold from now on
public record RateQuestion(int partition, OrganizationId organizationId, List<RateLimit> limits) {
    /// That of the organization and that of the key.
    private static final int LIMITS_MAX = 2;

    public RateQuestion {
        if (limits.isEmpty() || limits.size() > LIMITS_MAX) {
            throw new IllegalArgumentException("one or two rate limits count a request, not " + limits.size());
        }
        limits = List.copyOf(limits);
    }
}
