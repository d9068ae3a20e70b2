package io.tollgate.control.organization;

import io.tollgate.contract.OrganizationId;
import java.util.Optional;

/// The organizations of the installation. Thread-safe.
public interface Organizations {
    /// Makes an organization and returns when this instance applies it, or when waiting for that is given up; the
    /// organization exists in either case.
    Organization create(OrganizationDraft draft);

    /// The organization with this id, unless it is unknown or deleted.
    Optional<Organization> find(OrganizationId id);
}
