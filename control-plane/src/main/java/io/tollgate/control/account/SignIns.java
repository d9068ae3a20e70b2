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
        Optional<String> hash = hashing.hash(password);
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
        Optional<Instant> refusedUntil = users.attempt(email, address);
        if (refusedUntil.isPresent()) {
            return new SignIn.TooMany(refusedUntil.get());
        }
        Optional<Users.Known> known = users.find(email);
        // Compared even if there is nothing to compare with: how long it takes tells nobody who has an account.
        Optional<Boolean> matches = hashing.matches(password, known.flatMap(Users.Known::passwordHash));
        if (matches.isEmpty()) {
            return new SignIn.Busy();
        }
        if (known.isEmpty() || !matches.get()) {
            return new SignIn.WrongCredentials();
        }
        RandomToken token = RandomToken.made(random);
        User user = known.get().user();
        users.signedIn(user, address, token);
        return new SignIn.SignedIn(user, token);
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
        return hashing.hash(password)
                .map(hash -> users.reset(token, hash, requestId) ? Reset.DONE : Reset.INVALID)
                .orElse(Reset.BUSY);
    }
}
