package io.tollgate.control.member;

import java.time.Duration;

/// What became of the wish to invite somebody.
public sealed interface InvitationOutcome {
    /// @param link to accept it by, shown to the inviter this once
    record Invited(Invitation invitation, String link) implements InvitationOutcome {
        @Override
        public String toString() {
            return "Invited[" + invitation.id() + "]";
        }
    }

    /// An invitation for the address waits to be accepted.
    record AlreadyInvited() implements InvitationOutcome {}

    record AlreadyMember() implements InvitationOutcome {}

    /// The organization has as many members and invitations as it may have.
    record TooMany() implements InvitationOutcome {}

    /// Enough was mailed lately, to the address or by the organization.
    ///
    /// @param remaining how long it is until another may be
    record TooManyMails(Duration remaining) implements InvitationOutcome {}

    record Refused(MemberRules.Refusal why) implements InvitationOutcome {}

    /// No such organization, or no such invitation.
    record Unknown() implements InvitationOutcome {}
}
