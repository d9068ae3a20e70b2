package io.tollgate.contract.access;

import io.tollgate.contract.OrganizationId;

/// On whose behalf a request is made.
public sealed interface Principal {
    /// The installation's operator, by the admin key.
    record Admin() implements Principal {}

    /// An organization, by one of its keys: every permission, within the organization.
    record Organization(OrganizationId organizationId, String keyId) implements Principal {}

    /// Nobody: no credential was sent, or a wrong one. `why` is one of the published sentences of `UNAUTHENTICATED`.
    record Nobody(String why) implements Principal {}
}
