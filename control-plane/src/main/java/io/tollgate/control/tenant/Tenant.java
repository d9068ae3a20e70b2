package io.tollgate.control.tenant;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.time.Instant;
import java.util.Optional;

/// A customer of an organization.
///
/// @param name display name; the id until somebody names it
/// @param planRef id or name of its plan as it was given; such a plan need not exist yet
/// @param stripePriceId chooses the plan where `planRef` is absent
/// @param subscriptionEndsAt from then on the tenant is on the free plan
/// @param userId the user who acts for it
/// @param updatedAt when a management call last changed it
public record Tenant(
        OrganizationId organizationId,
        TenantId id,
        String name,
        TenantStatus status,
        Optional<String> email,
        Optional<String> description,
        Optional<JsonNode> metadata,
        Optional<String> planRef,
        Optional<String> stripePriceId,
        Optional<String> stripeCustomerId,
        Optional<Instant> subscriptionEndsAt,
        Optional<String> userId,
        Instant createdAt,
        Optional<Instant> updatedAt) {
    /// Longest display name in characters.
    public static final int NAME_LENGTH_MAX = 200;
    /// Longest description in characters: a few paragraphs.
    public static final int DESCRIPTION_LENGTH_MAX = 2_000;
    /// Longest reference to a plan, a price, a user or a provider's customer in characters.
    public static final int REFERENCE_LENGTH_MAX = 100;
    /// Most members of the metadata.
    public static final int METADATA_MEMBERS_MAX = 50;
    /// Longest name of a member of the metadata in characters.
    public static final int METADATA_NAME_LENGTH_MAX = 100;
    /// Largest metadata as JSON in UTF-8.
    public static final int METADATA_BYTES_MAX = 16_384;
}
