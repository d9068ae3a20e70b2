package io.tollgate.control.member;

import io.tollgate.contract.OrganizationId;
import io.tollgate.control.account.EmailAddress;
import java.time.Instant;
import java.util.Optional;

/// What became of the wish to accept an invitation.
public sealed interface Acceptance {
    /// @param slug of the organization, if it has one
    /// @param alreadyMember whether the user was a member before, whose role stays what it was
    record Accepted(OrganizationId organizationId, String name, Optional<String> slug, boolean alreadyMember)
            implements Acceptance {}

    /// Never made, used, taken back, or replaced by another.
    record Unknown() implements Acceptance {}

    record Expired() implements Acceptance {}

    /// It is for another address than the user's.
    record ForAnother() implements Acceptance {}

    /// Why a user may not accept an invitation; empty if nothing is against it.
    static Optional<Acceptance> refusal(Invitation invitation, EmailAddress user, Instant now) {
        // Whom it is for is asked first: nobody else learns anything about it.
        if (!invitation.email().equals(user)) {
            return Optional.of(new ForAnother());
        }
        return invitation.expired(now) ? Optional.of(new Expired()) : Optional.empty();
    }
}
