package io.tollgate.control.price;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TimeCursor;
import java.time.Instant;
import java.util.Optional;

/// Which price models a list shows, newest first.
///
/// @param forEverybody only those that are for every tenant
/// @param planRef of this plan, by id or name
/// @param at in force for events of this time
/// @param limit most rows
/// @param after the last one seen
public record PriceQuery(
        OrganizationId organizationId,
        Optional<String> meter,
        boolean forEverybody,
        Optional<String> planRef,
        Optional<String> tenantId,
        Optional<Instant> at,
        int limit,
        Optional<TimeCursor> after) {}
