package io.tollgate.control.edition;

import java.time.Instant;
import java.util.Optional;

/// An edition that an organization has.
///
/// @param providerId the subscription at the provider
/// @param status in the provider's words, such as `active`
public record EditionSubscription(
        String providerId,
        Edition edition,
        String status,
        Optional<Instant> periodStart,
        Optional<Instant> periodEnd,
        boolean cancelAtPeriodEnd,
        Instant createdAt) {}
