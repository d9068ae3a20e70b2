package io.tollgate.control.key;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Permission;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A key that may do what it lists, without its text.
///
/// @param prefix first characters of the text
/// @param expiresAt from then on, inclusive, it is refused
/// @param allowedCidrs networks that requests with it may come from; empty means any
/// @param replacedBy id of the key that rotation made in its place
public record ScopedKey(
        String id,
        OrganizationId organizationId,
        String name,
        String prefix,
        Set<Permission> permissions,
        Optional<Instant> expiresAt,
        List<String> allowedCidrs,
        Instant createdAt,
        Optional<Instant> lastUsedAt,
        Optional<Instant> revokedAt,
        Optional<String> replacedBy) {
    public ScopedKey {
        permissions = permissions.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(permissions));
        allowedCidrs = List.copyOf(allowedCidrs);
    }
}
