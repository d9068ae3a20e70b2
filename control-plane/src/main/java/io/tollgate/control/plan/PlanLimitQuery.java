package io.tollgate.control.plan;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import java.util.Optional;

/// Which plan limits of an organization are asked for.
///
/// @param planRef only this plan's, by id or name
/// @param tenantId only this tenant's own
/// @param meter only those on this meter
/// @param limit most rows; all of them if empty
/// @param after the last one seen
public record PlanLimitQuery(
        OrganizationId organizationId,
        Optional<String> planRef,
        Optional<String> tenantId,
        Optional<String> meter,
        Optional<Integer> limit,
        Optional<TimeCursor> after) {}
