package io.tollgate.quota.definition;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.access.Networks;
import io.tollgate.contract.access.Permission;
import io.tollgate.contract.access.Principal;
import io.tollgate.definition.ApiKeyDefinition;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Keys as gateways know them.
final class KeyAvro {
    private KeyAvro() {}

    /// What a key stands for; empty for a kind of key that this version does not know, which opens nothing.
    static Optional<Definitions.KeyGrant> fromAvro(ApiKeyDefinition key) {
        Networks allowedFrom;
        try {
            allowedFrom = Networks.parse(key.getAllowedCidrs());
        } catch (IllegalArgumentException e) {
            // Put there by hand: a key that nobody can tell the networks of opens nothing.
            return Optional.empty();
        }
        return principal(key)
                .map(principal ->
                        new Definitions.KeyGrant(principal, Optional.ofNullable(key.getExpiresAt()), allowedFrom));
    }

    private static Optional<Principal> principal(ApiKeyDefinition key) {
        OrganizationId organizationId = new OrganizationId(key.getOrganizationId());
        return switch (key.getKeyType()) {
            case ORGANIZATION -> Optional.of(new Principal.Organization(organizationId, key.getKeyId()));
            case SCOPED -> Optional.of(new Principal.Scoped(organizationId, key.getKeyId(), permissions(key)));
            case TENANT ->
                Optional.ofNullable(key.getTenantId())
                        .map(tenantId -> new Principal.Tenant(organizationId, new TenantId(tenantId), key.getKeyId()));
            case UNKNOWN -> Optional.empty();
        };
    }

    /// A permission that this version does not know permits nothing that it serves.
    private static Set<Permission> permissions(ApiKeyDefinition key) {
        Set<Permission> permissions = EnumSet.noneOf(Permission.class);
        key.getPermissions().forEach(word -> Permission.ofWord(word).ifPresent(permissions::add));
        return permissions;
    }
}
