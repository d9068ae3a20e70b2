package io.tollgate.control.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Optional;

/// What is to become of a tenant. What is absent stays as it is.
///
/// @param planRef an empty text takes the plan away
/// @param stripePriceId an empty text takes the price away
public record TenantChange(
        Optional<String> name,
        Optional<String> email,
        Optional<String> description,
        Optional<JsonNode> metadata,
        Optional<String> planRef,
        Optional<String> stripePriceId,
        Optional<Instant> subscriptionEndsAt) {}
