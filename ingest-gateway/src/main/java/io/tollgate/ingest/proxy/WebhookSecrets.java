package io.tollgate.ingest.proxy;

import io.tollgate.contract.OrganizationId;
import java.util.Optional;

/// The secrets of an organization that targets check calls by.
public interface WebhookSecrets {
    /// @param secondary the one before, while targets still know it
    record Secrets(String primary, Optional<String> secondary) {}

    Optional<Secrets> of(OrganizationId organizationId);
}
