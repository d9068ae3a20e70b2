package io.tollgate.control.organization;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Currency;

/// Who holds an account.
///
/// @param timeZone where its days and months are counted
/// @param currency in which it bills its tenants
/// @param planType edition that it has bought from the operator
/// @param subscriptionStatus state of that purchase
/// @param createdAt with microseconds
public record Organization(
        OrganizationId id,
        String name,
        String email,
        ZoneId timeZone,
        Currency currency,
        Mode mode,
        OrganizationSettings settings,
        String planType,
        String subscriptionStatus,
        Instant createdAt) {}
