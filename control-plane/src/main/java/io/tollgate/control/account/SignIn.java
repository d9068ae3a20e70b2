package io.tollgate.control.account;

import io.tollgate.contract.secret.RandomToken;
import java.time.Instant;

/// What became of the wish to sign up or in.
public sealed interface SignIn {
    /// @param token of the new session, shown this once
    record SignedIn(User user, RandomToken token) implements SignIn {}

    /// An account with the address exists.
    record AlreadyExists() implements SignIn {}

    /// Address and password do not belong together; which of them is wrong is told to nobody.
    record WrongCredentials() implements SignIn {}

    /// Too many attempts have failed.
    record TooMany(Instant until) implements SignIn {}

    /// Too many people sign in at the moment.
    record Busy() implements SignIn {}
}
