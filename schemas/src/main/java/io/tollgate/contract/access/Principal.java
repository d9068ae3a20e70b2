package io.tollgate.contract.access;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.UserId;
import java.util.Set;

/// On whose behalf a request is made.
public sealed interface Principal {
    /// Who it is, as records of changes name it: `admin`, `key:<id>` or `user:<id>`; never the text of a key.
    ///
    /// @throws IllegalArgumentException for nobody, who changes nothing
    default String actorId() {
        return switch (this) {
            case Admin admin -> "admin";
            case Organization key -> "key:" + key.keyId();
            case Scoped key -> "key:" + key.keyId();
            case Tenant key -> "key:" + key.keyId();
            case Member member -> "user:" + member.userId();
            case User user -> "user:" + user.userId();
            case Nobody nobody -> throw new IllegalArgumentException("nobody changes nothing");
        };
    }

    /// The installation's operator, by the admin key.
    record Admin() implements Principal {}

    /// An organization, by one of its keys: every permission, within the organization.
    record Organization(OrganizationId organizationId, String keyId) implements Principal {}

    /// An organization, by a key that may do what it lists and nothing else.
    record Scoped(OrganizationId organizationId, String keyId, Set<Permission> permissions) implements Principal {
        public Scoped {
            permissions = Set.copyOf(permissions);
        }
    }

    /// A tenant of an organization, by one of the tenant's keys: reads its own data and uses the proxy.
    record Tenant(OrganizationId organizationId, TenantId tenantId, String keyId) implements Principal {}

    /// A user, by a session or an access token, in the one of their organizations that the request is about.
    record Member(UserId userId, OrganizationId organizationId, MemberRole role) implements Principal {}

    /// A user, by a session, where the request is about none of their organizations.
    ///
    /// @param foreign whether the request names an organization: then it is one of others, or none at all
    record User(UserId userId, boolean foreign) implements Principal {}

    /// Nobody: no credential was sent, or a wrong one. `why` is one of the published sentences of `UNAUTHENTICATED`.
    record Nobody(String why) implements Principal {}
}
