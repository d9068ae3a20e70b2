package io.tollgate.billing.daily;

import io.tollgate.contract.OrganizationId;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/// Which snapshots are asked for, those with events only.
///
/// @param tenants only of these; empty: of all
/// @param meters only of these; empty: of all
/// @param from first day
/// @param to last day, included
public record SnapshotQuery(
        OrganizationId organizationId,
        List<String> tenants,
        List<String> meters,
        Optional<LocalDate> from,
        Optional<LocalDate> to) {
    public SnapshotQuery {
        tenants = List.copyOf(tenants);
        meters = List.copyOf(meters);
    }

    /// Those of one day.
    public static SnapshotQuery ofDay(
            OrganizationId organizationId, LocalDate day, Optional<String> tenantId, Optional<String> meter) {
        return new SnapshotQuery(
                organizationId,
                tenantId.stream().toList(),
                meter.stream().toList(),
                Optional.of(day),
                Optional.of(day));
    }
}
