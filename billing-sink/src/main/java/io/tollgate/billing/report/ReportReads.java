package io.tollgate.billing.report;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;
import java.util.Optional;

/// What reports read beside usage. Thread-safe.
public interface ReportReads {
    /// Most events that one look at recent activity goes through.
    int EVENTS_MAX = 500_000;

    /// The events of `[from, to)` by event time, or the latest [#EVENTS_MAX] of them, in which case the span is theirs.
    ///
    /// @param meter only of this one
    /// @param limit most tenants
    Activity activity(OrganizationId organizationId, Optional<String> meter, Instant from, Instant to, int limit);

    /// Tenants that are not deleted.
    long tenants(OrganizationId organizationId);

    /// The organization's short name, if it has one.
    Optional<String> slug(OrganizationId organizationId);
}
