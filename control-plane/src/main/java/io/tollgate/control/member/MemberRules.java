package io.tollgate.control.member;

import io.tollgate.contract.access.MemberRole;
import java.util.Optional;

/// Who may make a member what. Owners and admins change a team; an organization that has an owner keeps one, and nobody
/// but an owner makes or unmakes owners.
public final class MemberRules {
    private MemberRules() {}

    /// Why a change is not made.
    public enum Refusal {
        /// The actor may not change the team: any more, where that was looked at before.
        POWERLESS,
        /// Only an owner does that.
        OWNERS_ONLY,
        /// The organization would be without an owner.
        LAST_OWNER
    }

    /// @param actor as what the change is made
    /// @param owners of the organization, before
    public static Optional<Refusal> roleChange(MemberRole actor, MemberRole before, MemberRole after, int owners) {
        if (before == after) {
            return powerless(actor, before, after);
        }
        return powerless(actor, before, after).or(() -> lastOwner(before, owners));
    }

    public static Optional<Refusal> removal(MemberRole actor, MemberRole before, int owners) {
        return powerless(actor, before, before).or(() -> lastOwner(before, owners));
    }

    /// A member goes, without asking anybody.
    public static Optional<Refusal> leave(MemberRole before, int owners) {
        return lastOwner(before, owners);
    }

    /// Somebody is invited, anew or no longer.
    ///
    /// @param invited what the invitation makes of whoever accepts it
    public static Optional<Refusal> invitation(MemberRole actor, MemberRole invited) {
        return powerless(actor, invited, invited);
    }

    private static Optional<Refusal> powerless(MemberRole actor, MemberRole before, MemberRole after) {
        if (!actor.atLeast(MemberRole.ADMIN)) {
            return Optional.of(Refusal.POWERLESS);
        }
        boolean touches = before == MemberRole.OWNER || after == MemberRole.OWNER;
        return touches && actor != MemberRole.OWNER ? Optional.of(Refusal.OWNERS_ONLY) : Optional.empty();
    }

    private static Optional<Refusal> lastOwner(MemberRole before, int owners) {
        return before == MemberRole.OWNER && owners <= 1 ? Optional.of(Refusal.LAST_OWNER) : Optional.empty();
    }
}
