package io.tollgate.control.key;

import io.tollgate.contract.OrganizationId;
import java.util.List;
import java.util.Optional;

/// The keys that speak for whole organizations. Thread-safe.
public interface ApiKeys {
    /// Most active keys of one organization: two, so that one can be replaced without a gap.
    int ACTIVE_MAX = 2;

    KeyCreation create(OrganizationId organizationId, KeyName name);

    /// Active keys, newest first; absent if there is no such organization.
    Optional<List<ApiKey>> active(OrganizationId organizationId);

    /// The active key of this name.
    Optional<ApiKey> find(OrganizationId organizationId, KeyName name);

    /// Ends the active key of this name; answers false if there is none. On return this instance refuses the key,
    /// unless waiting for that was given up.
    boolean delete(OrganizationId organizationId, KeyName name);
}
