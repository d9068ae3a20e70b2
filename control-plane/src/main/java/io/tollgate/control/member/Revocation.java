package io.tollgate.control.member;

/// What became of the wish to take an invitation back.
public sealed interface Revocation {
    /// @param invitation as it was
    record Revoked(Invitation invitation) implements Revocation {}

    record Refused(MemberRules.Refusal why) implements Revocation {}

    /// No such invitation.
    record Unknown() implements Revocation {}
}
