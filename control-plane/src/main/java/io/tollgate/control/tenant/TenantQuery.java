package io.tollgate.control.tenant;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import java.util.Optional;

/// Which tenants are asked for. What is absent does not narrow.
///
/// @param search part of the name or the id, whatever its case
/// @param after the last tenant of the page before
/// @param limit absent: all
public record TenantQuery(
        OrganizationId organizationId,
        Optional<String> search,
        Optional<TenantStatus> status,
        Optional<TimeCursor> after,
        Optional<Integer> limit) {}
