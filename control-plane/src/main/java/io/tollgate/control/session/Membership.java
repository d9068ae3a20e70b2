package io.tollgate.control.session;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.access.Principal;
import java.util.List;
import java.util.Optional;

/// What a user is in an organization that exists.
public record Membership(OrganizationId organizationId, MemberRole role) {
    /// As whom a user acts in a request: in the organization that it names, else in the user's only one.
    ///
    /// @param told the organization that the request names
    /// @param found the user's memberships; where an organization is named, in that alone
    public static Principal acting(UserId userId, Optional<OrganizationId> told, List<Membership> found) {
        return found.size() == 1
                ? new Principal.Member(
                        userId,
                        found.getFirst().organizationId(),
                        found.getFirst().role())
                : new Principal.User(userId, told.isPresent());
    }
}
