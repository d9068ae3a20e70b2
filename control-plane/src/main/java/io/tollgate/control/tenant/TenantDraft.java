package io.tollgate.control.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.TenantId;
import java.time.Instant;
import java.util.Optional;

/// What is asked for when a tenant is made.
public record TenantDraft(
        TenantId id,
        Optional<String> name,
        Optional<String> email,
        Optional<String> description,
        Optional<JsonNode> metadata,
        Optional<String> planRef,
        Optional<String> stripePriceId,
        Optional<String> stripeCustomerId,
        Optional<Instant> subscriptionEndsAt) {}
