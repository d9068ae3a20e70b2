package io.tollgate.billing.usage;

import io.tollgate.contract.OrganizationId;
import java.util.List;
import java.util.Optional;

/// Which usage is asked for.
///
/// @param tenants only of these; empty: of all subjects
/// @param meters only of these; empty: of all
/// @param coverage the period, under the names of days where `grouping` is by day
/// @param limit most rows
/// @param after only rows whose name comes after this one
public record UsageQuery(
        OrganizationId organizationId,
        List<String> tenants,
        List<String> meters,
        Grouping grouping,
        Coverage coverage,
        int limit,
        Optional<String> after) {
    public UsageQuery {
        tenants = List.copyOf(tenants);
        meters = List.copyOf(meters);
    }
}
