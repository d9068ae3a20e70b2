package io.tollgate.billing.usage;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Which rejected events are asked for.
///
/// @param tenants only of these; empty: of all subjects
/// @param reasons only for these; empty: for all
/// @param from rejected at or after it
/// @param before rejected before it
/// @param limit most events
/// @param after only events that come after this place, newest first
public record RejectedQuery(
        OrganizationId organizationId,
        List<String> tenants,
        List<String> reasons,
        Optional<Instant> from,
        Optional<Instant> before,
        int limit,
        Optional<RejectedCursor> after) {
    public RejectedQuery {
        tenants = List.copyOf(tenants);
        reasons = List.copyOf(reasons);
    }
}
