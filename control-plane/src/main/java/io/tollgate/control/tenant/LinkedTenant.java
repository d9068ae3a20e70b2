package io.tollgate.control.tenant;

import io.tollgate.contract.TenantId;

/// The tenant that a user acts for.
///
/// @param made whether it was made for this user just now
public record LinkedTenant(TenantId id, boolean made) {}
