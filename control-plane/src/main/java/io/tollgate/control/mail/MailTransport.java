package io.tollgate.control.mail;

import io.tollgate.contract.mail.Mail;
import java.util.UUID;

/// Who carries mails on. Thread-safe.
public interface MailTransport {
    /// What became of an attempt. Reasons name neither address nor text.
    sealed interface Outcome {
        /// The mail is in somebody else's hands.
        record Taken() implements Outcome {}

        /// It would never be taken: to another attempt the answer would be the same.
        record Refused(String why) implements Outcome {}

        /// It was not taken this time, as far as one can know; that says nothing about other mails.
        record Deferred(String why) implements Outcome {}

        /// Nothing can be sent now, this mail or another.
        record Unusable(String why) implements Outcome {}
    }

    /// Returns when the mail is in somebody else's hands, or is not going to be by this attempt.
    ///
    /// @param id the same for every attempt, so that a receiver can tell repetitions
    Outcome send(UUID id, Mail mail);
}
