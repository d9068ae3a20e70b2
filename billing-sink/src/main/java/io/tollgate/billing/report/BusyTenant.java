package io.tollgate.billing.report;

import io.tollgate.contract.TenantId;
import java.util.List;

/// A tenant with many events lately.
///
/// @param events how many
/// @param meters those with the most of them, at most [#METERS_MAX]
public record BusyTenant(TenantId tenantId, long events, List<String> meters) {
    /// Enough to meet every quota that matters; each is a question to an owner.
    public static final int METERS_MAX = 10;

    public BusyTenant {
        meters = List.copyOf(meters);
    }
}
