package io.tollgate.control.organization;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.access.MemberRole;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Organizations as their members see and make them. Thread-safe.
public interface UserOrganizations {
    /// Organizations that a user owns and may still make another one.
    int OWNED_MAX = 100;

    /// Organizations that are listed.
    int LISTED_MAX = 1_000;

    /// An organization that a user is a member of.
    ///
    /// @param planType edition that it has bought from the operator
    /// @param role what the user is in it
    record Joined(
            OrganizationId id,
            String name,
            Optional<String> slug,
            Instant createdAt,
            Instant updatedAt,
            int members,
            String planType,
            MemberRole role) {}

    /// What became of the wish to make or rename one.
    sealed interface Outcome {
        record Done(Joined organization) implements Outcome {}

        record SlugTaken() implements Outcome {}

        /// No such organization, or the user is no member of it.
        record Unknown() implements Outcome {}

        /// The user owns [#OWNED_MAX].
        record TooMany() implements Outcome {}
    }

    /// Those that exist, the first joined first.
    List<Joined> of(UserId userId);

    /// Makes an organization that the user owns.
    Outcome create(Actor actor, UserId userId, String name, Slug slug);

    /// Renames an organization that the user is a member of; what is absent stays.
    Outcome rename(
            Actor actor, UserId userId, OrganizationId organizationId, Optional<String> name, Optional<Slug> slug);
}
