package io.tollgate.control.mail;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// When a mail that was not taken is sent again: soon, for servers ask for that on purpose, then ever more rarely.
final class MailRetries {
    private static final List<Duration> PAUSES = List.of(
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            Duration.ofMinutes(15),
            Duration.ofHours(1),
            Duration.ofHours(4),
            Duration.ofHours(12));

    private MailRetries() {}

    /// @param failures attempts that have failed, the last at `now`
    /// @return absent when it is given up
    static Optional<Instant> next(int failures, Instant now) {
        return failures <= PAUSES.size() ? Optional.of(now.plus(PAUSES.get(failures - 1))) : Optional.empty();
    }
}
