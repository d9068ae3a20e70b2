package io.tollgate.control.member;

import io.tollgate.contract.mail.Mail;

/// The mail with the link to accept an invitation by.
public final class InvitationMail {
    /// What of an organization's name stands in a subject.
    private static final int NAME_LENGTH_MAX = 100;

    private InvitationMail() {}

    /// @param organization name of who invites
    public static Mail of(Invitation invitation, String organization, String link) {
        String name = organization.substring(0, Math.min(organization.length(), NAME_LENGTH_MAX));
        return new Mail(invitation.email().value(), "Invitation to " + name, """
                %s invites you to work with its account. Accept here, within %d days, signed in with this address:

                %s

                If you do not know who that is, nothing has to be done.
                """.formatted(
                        name, Invitation.LASTS.toDays(), link));
    }
}
