package io.tollgate.control.tenant;

/// What became of the wish for a new tenant.
public sealed interface TenantCreation {
    /// It exists and, unless waiting for that was given up, is applied at this instance.
    ///
    /// @param planMissing whether no plan has the id or name that it refers to
    record Created(Tenant tenant, boolean planMissing) implements TenantCreation {}

    /// The organization has made a tenant of this id before.
    record AlreadyExists() implements TenantCreation {}

    /// No such organization, or a deleted one.
    record NoOrganization() implements TenantCreation {}
}
