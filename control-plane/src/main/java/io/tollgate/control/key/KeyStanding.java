package io.tollgate.control.key;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.access.Permission;
import java.util.Set;

/// What a text that somebody holds is worth.
public sealed interface KeyStanding {
    /// It opens what it is for.
    record Valid(OrganizationId organizationId, Set<Permission> permissions) implements KeyStanding {
        public Valid {
            permissions = Set.copyOf(permissions);
        }
    }

    /// It opens nothing, for a reason in one of the published sentences.
    record Invalid(String reason) implements KeyStanding {}
}
