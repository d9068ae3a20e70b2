package io.tollgate.control.account;

import io.tollgate.contract.secret.RandomToken;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/// Signing up, in, and getting a new password: what has to be asked of whom, and in which order. Thread-safe.
public final class SignIns {
    private final Users users;
    private final PasswordHashing hashing;
    private final SecureRandom random = new SecureRandom();

    public SignIns(Users users, PasswordHashing hashing) {
        this.users = users;
        this.hashing = hashing;
    }

    public SignIn signUp(EmailAddress email, Password password, String name, Optional<String> requestId) {
        if (users.find(email).isPresent()) {
            return new SignIn.AlreadyExists();
        }
        Optional<String> hash = hashing.inTurn(turn -> turn.hash(password));
        if (hash.isEmpty()) {
            return new SignIn.Busy();
        }
        RandomToken token = RandomToken.made(random);
        return users.create(email, name, hash.get(), token, requestId)
                .<SignIn>map(user -> new SignIn.SignedIn(user, token))
                // Somebody else was quicker.
                .orElseGet(SignIn.AlreadyExists::new);
    }

    /// @param address network address that the attempt comes from
    public SignIn signIn(EmailAddress email, Password password, String address) {
        // Counted during the turn: who gets none has guessed nothing, and is not locked out for it.
        return hashing.inTurn(turn -> signIn(turn, email, password, address)).orElseGet(SignIn.Busy::new);
    }

    private SignIn signIn(PasswordHashing.Turn turn, EmailAddress email, Password password, String address) {
        Optional<Instant> refusedUntil = users.attempt(email, address);
        if (refusedUntil.isPresent()) {
            return new SignIn.TooMany(refusedUntil.get());
        }
        Optional<Users.Known> known = users.find(email);
        Optional<String> hash = known.flatMap(Users.Known::passwordHash);
        // Compared even if there is nothing to compare with: how long it takes tells nobody who has an account.
        if (!turn.matches(password, hash)) {
            return new SignIn.WrongCredentials();
        }
        RandomToken token = RandomToken.made(random);
        User user = known.orElseThrow().user();
        // Comparing takes its time, in which the password may have been changed: to keep somebody out, perhaps.
        return users.signedIn(user, hash.orElseThrow(), address, token)
                ? new SignIn.SignedIn(user, token)
                : new SignIn.WrongCredentials();
    }

    /// Mails a link, and tells nobody whether there was anybody to mail it to.
    public void mailReset(EmailAddress email, Function<RandomToken, String> link) {
        users.mailReset(email, link);
    }

    public Reset reset(RandomToken token, Password password, Optional<String> requestId) {
        // Before the costly part, which only somebody with a link gets done.
        if (!users.resets(token)) {
            return Reset.INVALID;
        }
        return hashing.inTurn(turn -> turn.hash(password))
                .map(hash -> users.reset(token, hash, requestId) ? Reset.DONE : Reset.INVALID)
                .orElse(Reset.BUSY);
    }
}
