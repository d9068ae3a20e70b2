package io.tollgate.control.quota;

import io.tollgate.contract.OrganizationId;
import java.util.Optional;
import java.util.function.Function;

/// The quotas of all organizations. A change is in force at this instance on return, unless waiting for that was given
/// up. Thread-safe.
public interface Quotas {
    QuotaCreation create(QuotaTarget target, QuotaTerms terms);

    QuotaPage list(QuotaQuery query);

    /// The organization's quota with this id.
    Optional<StoredQuota> find(OrganizationId organizationId, String id);

    /// Changes the terms of a quota, while no other change of it happens; answers the quota as it is then, or nothing
    /// if there is none.
    ///
    /// @param change may throw, and then changes nothing
    Optional<StoredQuota> change(OrganizationId organizationId, String id, Function<StoredQuota, QuotaTerms> change);

    /// Answers false if there is no such quota.
    boolean delete(OrganizationId organizationId, String id);
}
