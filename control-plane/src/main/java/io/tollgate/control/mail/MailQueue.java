package io.tollgate.control.mail;

import io.tollgate.contract.mail.Mail;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// The mails that wait. Thread-safe, over all processes: a mail is held by one at a time.
public interface MailQueue {
    /// How long a mail is held: more than an attempt can take. Who dies over a mail delays it by this much.
    Duration HELD = Duration.ofMinutes(5);

    /// A mail that is held.
    ///
    /// @param mail empty if it cannot be read, because the key that it was sealed under is gone
    /// @param attempts that have failed
    record Due(UUID id, Optional<Mail> mail, int attempts, Instant until) {}

    /// Takes the mail that has been due for longest. Absent if none is.
    Optional<Due> take();

    /// It was sent, and is forgotten.
    void sent(Due due);

    /// An attempt failed.
    ///
    /// @param next when it is made again; empty: never
    void failed(Due due, String reason, Optional<Instant> next);
}
