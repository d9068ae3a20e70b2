package io.tollgate.control.member;

import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.access.MemberRole;
import io.tollgate.contract.secret.RandomToken;
import io.tollgate.control.account.EmailAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The members of organizations. Each change is audited under its actor; changes of one organization take turns, so
/// that
/// two of them never do together what neither may do alone. Thread-safe.
public interface Team {
    /// Most members and live invitations of an organization together: the lists of both are answered whole.
    int PEOPLE_MAX = 1_000;

    /// In which invitations that are mailed are counted.
    Duration MAILS_WITHIN = Duration.ofHours(1);

    /// Invitations that are mailed to an address in [#MAILS_WITHIN] at most, whoever invites: anybody can make
    /// organizations, and a mailbox is filled by all of them together.
    int MAILS_TO_ADDRESS_MAX = 5;

    /// Invitations that an organization has mailed in [#MAILS_WITHIN] at most.
    int MAILS_OF_ORGANIZATION_MAX = 100;

    /// Oldest first.
    List<Member> members(OrganizationId organizationId);

    /// @param actor as what the change is made
    MemberOutcome setRole(Actor by, ActingAs actor, OrganizationId organizationId, UserId member, MemberRole role);

    /// @param actor as what the change is made
    MemberOutcome remove(Actor by, ActingAs actor, OrganizationId organizationId, UserId member);

    /// A member goes.
    MemberOutcome leave(Actor by, OrganizationId organizationId, UserId member);

    /// Those that can be accepted, newest first.
    List<Invitation> invitations(OrganizationId organizationId);

    /// An invitation, expired or not.
    Optional<Invitation> invitation(OrganizationId organizationId, UUID id);

    /// Invites somebody, whether or not they have an account; nobody becomes a member without accepting.
    ///
    /// @param actor as what it is done
    /// @param anew whether an invitation that waits is replaced
    InvitationOutcome invite(
            Actor by, ActingAs actor, OrganizationId organizationId, EmailAddress email, MemberRole role, boolean anew);

    /// Gives an invitation another link and its whole time again; the link before stops.
    ///
    /// @param actor as what it is done
    InvitationOutcome resend(Actor by, ActingAs actor, OrganizationId organizationId, UUID id);

    /// Takes an invitation back.
    ///
    /// @param actor as what it is done
    Revocation revoke(Actor by, ActingAs actor, OrganizationId organizationId, UUID id);

    Acceptance accept(Actor by, UserId userId, RandomToken token);
}
