package io.tollgate.control.quota;

import io.tollgate.contract.OrganizationId;
import java.util.Optional;

/// Which quotas of an organization are asked for.
///
/// @param tenantId only this tenant's own
/// @param meter only those on this meter
/// @param limit most rows of the page
/// @param after the last one seen
public record QuotaQuery(
        OrganizationId organizationId,
        Optional<String> tenantId,
        Optional<String> meter,
        int limit,
        Optional<QuotaCursor> after) {}
