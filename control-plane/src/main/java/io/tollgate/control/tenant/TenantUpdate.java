package io.tollgate.control.tenant;

/// What became of the wish to change a tenant.
public sealed interface TenantUpdate {
    record Updated(Tenant tenant) implements TenantUpdate {}

    record NoTenant() implements TenantUpdate {}

    /// No plan of the organization has this id or name.
    record NoPlan(String planRef) implements TenantUpdate {}

    /// Only a tenant that is deleted can be restored.
    record NotDeleted() implements TenantUpdate {}
}
