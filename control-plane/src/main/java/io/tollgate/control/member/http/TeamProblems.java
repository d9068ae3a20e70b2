package io.tollgate.control.member.http;

import io.tollgate.contract.UserId;
import io.tollgate.contract.problem.ErrorCode;
import io.tollgate.contract.problem.Problem;
import io.tollgate.control.member.Acceptance;
import io.tollgate.control.member.Invitation;
import io.tollgate.control.member.InvitationOutcome;
import io.tollgate.control.member.Member;
import io.tollgate.control.member.MemberOutcome;
import io.tollgate.control.member.MemberRules.Refusal;
import io.tollgate.control.member.Revocation;
import io.tollgate.control.member.Team;

/// Outcomes of changes to a team that are no successes, in the published sentences.
final class TeamProblems {
    static final String DEMOTION = "Cannot demote the last owner. Promote another member first.";
    static final String REMOVAL = "Cannot remove the last owner.";
    static final String LEAVING = "Cannot leave as the last owner. Transfer ownership first.";

    private TeamProblems() {}

    /// The member, if the change was made.
    ///
    /// @param lastOwner what is said where the organization would be without an owner
    static Member done(MemberOutcome outcome, String lastOwner) {
        return switch (outcome) {
            case MemberOutcome.Done done -> done.member();
            case MemberOutcome.NoMember none -> throw noMember();
            case MemberOutcome.Refused refused -> throw refused(refused.why(), lastOwner);
        };
    }

    private static Problem refused(Refusal why, String lastOwner) {
        return switch (why) {
            case POWERLESS -> Problem.of(ErrorCode.FORBIDDEN, "Insufficient permissions");
            case OWNERS_ONLY -> Problem.of(ErrorCode.FORBIDDEN, "Only an owner makes, invites or removes owners.");
            case LAST_OWNER -> Problem.of(ErrorCode.LAST_OWNER, lastOwner);
        };
    }

    static InvitationOutcome.Invited invited(InvitationOutcome outcome) {
        return switch (outcome) {
            case InvitationOutcome.Invited invited -> invited;
            case InvitationOutcome.AlreadyInvited already ->
                throw Problem.of(
                        ErrorCode.ALREADY_EXISTS, "An invitation for this address waits to be accepted; resend it.");
            case InvitationOutcome.AlreadyMember already ->
                throw Problem.of(ErrorCode.ALREADY_EXISTS, "User is already a member of this organization");
            case InvitationOutcome.TooMany tooMany ->
                throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "An organization has at most " + Team.PEOPLE_MAX + " members and invitations.");
            case InvitationOutcome.TooManyMails tooMany ->
                throw Problem.of(
                                ErrorCode.RATE_LIMIT_EXCEEDED,
                                "Too many invitations were mailed to this address, or for this organization, within the"
                                        + " last hour; try again later.")
                        .retryAfter(Math.toIntExact(tooMany.remaining().toSeconds() + 1));
            case InvitationOutcome.Refused refused -> throw refused(refused.why(), REMOVAL);
            case InvitationOutcome.Unknown unknown -> throw noInvitation();
        };
    }

    /// The invitation that was taken back, if it was.
    static Invitation revoked(Revocation revocation) {
        return switch (revocation) {
            case Revocation.Revoked revoked -> revoked.invitation();
            case Revocation.Refused refused -> throw refused(refused.why(), REMOVAL);
            case Revocation.Unknown unknown -> throw noInvitation();
        };
    }

    static Acceptance.Accepted accepted(Acceptance acceptance) {
        return switch (acceptance) {
            case Acceptance.Accepted accepted -> accepted;
            case Acceptance.Unknown unknown -> throw unknownToken();
            case Acceptance.Expired expired -> throw Problem.of(ErrorCode.INVALID_TOKEN, "This invitation has expired");
            case Acceptance.ForAnother another ->
                throw Problem.of(ErrorCode.FORBIDDEN, "This invitation was sent to a different email address");
        };
    }

    static Problem unknownToken() {
        return Problem.of(ErrorCode.NOT_FOUND, "Invitation not found or expired");
    }

    static Problem noInvitation() {
        return Problem.of(ErrorCode.NOT_FOUND, "Invitation not found");
    }

    /// The member that a path names; an id that no user can have is the id of none.
    static UserId memberId(String id) {
        try {
            return new UserId(id);
        } catch (IllegalArgumentException e) {
            throw noMember();
        }
    }

    private static Problem noMember() {
        return Problem.of(ErrorCode.NOT_FOUND, "Member not found");
    }
}
