package io.tollgate.control.webhook;

import io.tollgate.contract.OrganizationId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The endpoints of all organizations. Thread-safe.
public interface WebhookEndpoints {
    /// Each message makes a row per endpoint; people have a handful.
    int PER_ORGANIZATION_MAX = 20;

    EndpointCreation create(OrganizationId organizationId, EndpointTerms terms);

    /// All of an organization, newest first.
    List<WebhookEndpoint> list(OrganizationId organizationId);

    Optional<WebhookEndpoint> find(OrganizationId organizationId, String id);

    /// @param change may throw, and then changes nothing
    Optional<WebhookEndpoint> change(OrganizationId organizationId, String id, UnaryOperator<EndpointTerms> change);

    /// Answers false if there is no such endpoint. What was under way to it is dropped.
    boolean delete(OrganizationId organizationId, String id);

    /// Makes a new secret; the one before signs beside it for `overlap`.
    Optional<SecretRotation> rotate(OrganizationId organizationId, String id, Duration overlap);

    /// Raises a `webhook.test` message for this endpoint; answers the delivery's id. Empty if there is no such
    /// endpoint.
    Optional<String> test(OrganizationId organizationId, String id);
}
