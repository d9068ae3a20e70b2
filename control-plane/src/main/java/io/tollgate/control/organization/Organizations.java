package io.tollgate.control.organization;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Actor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The organizations of the installation. Each change is audited under its actor, and on return is applied at this
/// instance unless waiting for that was given up. Thread-safe.
public interface Organizations {
    /// How long a deleted organization can be restored; then it is erased.
    Duration RESTORABLE = Duration.ofDays(30);

    /// @param linked whether the user that was named is its owner now; false if there is no such user
    record Created(Organization organization, boolean linked) {}

    /// @param owner the user who becomes its owner
    Created create(Actor actor, OrganizationDraft draft, Optional<UserId> owner);

    /// As above, without an owner: whoever has its keys acts for it.
    default Organization create(Actor actor, OrganizationDraft draft) {
        return create(actor, draft, Optional.empty()).organization();
    }

    /// The organization with this id, unless it is unknown or deleted.
    Optional<Organization> find(OrganizationId id);

    /// Absent if it is unknown or deleted.
    Optional<Organization> update(Actor actor, OrganizationId id, OrganizationChange change);

    /// Its keys stop; see [#RESTORABLE]. Answers false if it is unknown or deleted.
    boolean delete(Actor actor, OrganizationId id);

    Restoration restore(Actor actor, OrganizationId id);

    /// Deleted organizations that are due to be erased at `now`, `limit` at most.
    List<OrganizationId> due(Instant now, int limit);

    /// Erases everything that a deleted organization had here and its name; its id stays known, for invoices refer to
    /// it.
    void erase(OrganizationId id);
}
