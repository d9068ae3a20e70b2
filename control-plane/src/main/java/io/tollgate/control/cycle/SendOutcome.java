package io.tollgate.control.cycle;

import java.time.Duration;
import java.util.Optional;

/// What became of an attempt to report something.
public sealed interface SendOutcome {
    /// The provider has it, from this attempt or from one before.
    record Arrived() implements SendOutcome {}

    /// It was not taken, and will not be if it is sent again.
    record Refused(String reason) implements SendOutcome {}

    /// It was not taken, and may be later.
    ///
    /// @param after how long the provider asks to wait
    /// @param wholeAccount whether the same is true of all reports to this account
    record NotNow(String reason, Optional<Duration> after, boolean wholeAccount) implements SendOutcome {}

    /// Nobody knows whether it was taken.
    record Unknown(String reason) implements SendOutcome {}
}
