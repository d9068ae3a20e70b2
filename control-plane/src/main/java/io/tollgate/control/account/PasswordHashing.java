package io.tollgate.control.account;

import java.util.Optional;
import java.util.function.Function;

/// Turns passwords into what may be stored. Costs memory and time on purpose, so only a few are done at a time; nobody
/// waits longer than a moment for a turn. Thread-safe.
public interface PasswordHashing {
    /// Does `work` when it is its turn, with what may be done then.
    ///
    /// @return empty if there was no turn in time: nothing was done
    <T> Optional<T> inTurn(Function<Turn, T> work);

    /// What may be done during a turn, by its thread.
    interface Turn {
        /// The hash with everything that is needed to compare another password with it.
        String hash(Password password);

        /// Whether `password` has this hash.
        ///
        /// @param hash empty: there is none, which takes as long to find out
        boolean matches(Password password, Optional<String> hash);
    }
}
