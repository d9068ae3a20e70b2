package io.tollgate.control.account;

import java.util.Optional;

/// Turns passwords into what may be stored. Costs memory and time on purpose, so only a few are done at a time; nobody
/// waits longer than a moment for a turn. Thread-safe.
public interface PasswordHashing {
    /// The hash with everything that is needed to compare another password with it; empty if there was no turn in time.
    Optional<String> hash(Password password);

    /// Whether `password` has this hash; empty if there was no turn in time.
    ///
    /// @param hash empty: there is none, which takes as long to find out
    Optional<Boolean> matches(Password password, Optional<String> hash);
}
