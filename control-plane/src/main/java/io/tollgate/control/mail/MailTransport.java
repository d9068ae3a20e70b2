package io.tollgate.control.mail;

import io.tollgate.contract.mail.Mail;
import java.util.UUID;

/// Who carries mails on. Thread-safe.
public interface MailTransport {
    /// Returns when the mail is in somebody else's hands.
    ///
    /// @param id the same for every attempt, so that a receiver can tell repetitions
    /// @throws FailedException if it was not taken, as far as one can know
    void send(UUID id, Mail mail) throws FailedException;

    /// A mail was not taken.
    final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;

        /// @param message why, without address and text
        public FailedException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
