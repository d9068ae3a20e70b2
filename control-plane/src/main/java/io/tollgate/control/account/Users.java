package io.tollgate.control.account;

import io.tollgate.contract.UserId;
import io.tollgate.contract.access.Actor;
import io.tollgate.contract.secret.RandomToken;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/// The users of the installation. Thread-safe.
public interface Users {
    /// How long a link to a new password works.
    Duration RESET_LASTS = Duration.ofHours(1);

    /// Links that a user gets in [#RESET_LASTS] at most: whoever asks for more only fills somebody's mailbox.
    int RESETS_MAX = 3;

    /// A user, and the hash of the password if there is one.
    record Known(User user, Optional<String> passwordHash) {}

    /// Makes a user, signed in by `token`; empty if one has the address.
    Optional<User> create(
            EmailAddress email, String name, String passwordHash, RandomToken token, Optional<String> requestId);

    Optional<User> find(UserId id);

    Optional<Known> find(EmailAddress email);

    /// Counts an attempt to sign in as failed until [#signedIn] says otherwise.
    ///
    /// @return until when no attempt is allowed; empty if this one is
    Optional<Instant> attempt(EmailAddress email, String address);

    /// Signs a user in by `token` and clears the failures of the place; false if the password is another by now, and
    /// nothing is done.
    ///
    /// @param passwordHash of the password that was typed
    boolean signedIn(User user, String passwordHash, String address, RandomToken token);

    /// Mails a link to a new password, if there is such a user and no more than [#RESETS_MAX] were mailed lately.
    ///
    /// @param link makes an address of a token
    void mailReset(EmailAddress email, Function<RandomToken, String> link);

    /// Whether a link still works.
    boolean resets(RandomToken token);

    /// Sets the password of the user whose link it is, ends all sessions and uses the link up; false if it no longer
    /// works.
    boolean reset(RandomToken token, String passwordHash, Optional<String> requestId);

    /// As whom a user acts.
    static Actor actor(UserId id, Optional<String> requestId) {
        return new Actor("user:" + id, requestId);
    }
}
