package io.tollgate.control.webhook;

import io.tollgate.contract.OrganizationId;
import java.time.Instant;
import java.util.Optional;

/// An endpoint as it may be shown: its secret is not.
///
/// @param previousSecretUntil until when the secret before the last rotation signs too
public record WebhookEndpoint(
        String id,
        OrganizationId organizationId,
        EndpointTerms terms,
        Optional<Instant> previousSecretUntil,
        Instant createdAt,
        Instant updatedAt) {}
