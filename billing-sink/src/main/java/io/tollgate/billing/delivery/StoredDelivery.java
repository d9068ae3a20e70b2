package io.tollgate.billing.delivery;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/// A delivery as its organization sees it.
///
/// @param endpointId where it goes; absent for a bare URL
/// @param url the bare URL; absent for an endpoint
/// @param nextAttemptAt absent when it is not tried again
/// @param responseStatus of the last attempt
/// @param responseBody first 1 KiB of the last answer
/// @param error why the last attempt failed
public record StoredDelivery(
        String id,
        String messageId,
        OrganizationId organizationId,
        Optional<String> tenantId,
        Optional<String> endpointId,
        Optional<String> url,
        String type,
        DeliveryStatus status,
        int attempts,
        Instant createdAt,
        Optional<Instant> nextAttemptAt,
        Optional<Instant> lastAttemptAt,
        OptionalInt responseStatus,
        Optional<String> responseBody,
        Optional<String> error) {}
