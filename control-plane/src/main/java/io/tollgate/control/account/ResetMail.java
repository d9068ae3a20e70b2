package io.tollgate.control.account;

import io.tollgate.contract.mail.Mail;

/// The mail with the link to a new password.
public final class ResetMail {
    private ResetMail() {}

    public static Mail to(EmailAddress email, String link) {
        return new Mail(email.value(), "Your new password", """
                Somebody asked for a new password for the account with this address. Choose one here, within an hour:

                %s

                The link works once. If it was not you, nothing has to be done: your password stays as it is.
                """.formatted(link));
    }
}
