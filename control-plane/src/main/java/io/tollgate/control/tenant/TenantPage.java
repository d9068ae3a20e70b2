package io.tollgate.control.tenant;

import io.tollgate.contract.TimeCursor;
import java.util.List;
import java.util.Optional;

/// Tenants, newest first.
///
/// @param next where the next page begins; absent on the last
public record TenantPage(List<Tenant> tenants, Optional<TimeCursor> next) {
    public TenantPage {
        tenants = List.copyOf(tenants);
    }
}
