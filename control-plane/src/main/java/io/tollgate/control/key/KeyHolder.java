package io.tollgate.control.key;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.TenantId;
import java.util.Optional;

/// For whom a key speaks.
public sealed interface KeyHolder {
    OrganizationId organizationId();

    /// A whole organization, with every permission.
    record OfOrganization(OrganizationId organizationId) implements KeyHolder {}

    /// One tenant: reads its own data and uses the proxy.
    record OfTenant(OrganizationId organizationId, TenantId id) implements KeyHolder {}

    /// What kind of principal its keys make, in the word of the database.
    default String kind() {
        return switch (this) {
            case OfOrganization organization -> "organization";
            case OfTenant tenant -> "tenant";
        };
    }

    /// Type of its keys in the word of the wire.
    default String keyType() {
        return switch (this) {
            case OfOrganization organization -> "business";
            case OfTenant tenant -> "customer_api";
        };
    }

    /// The tenant, if it is one.
    default Optional<TenantId> tenantId() {
        return switch (this) {
            case OfOrganization organization -> Optional.empty();
            case OfTenant tenant -> Optional.of(tenant.id());
        };
    }
}
