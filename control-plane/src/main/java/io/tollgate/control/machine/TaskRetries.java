package io.tollgate.control.machine;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// When a task that failed is attempted again.
public final class TaskRetries {
    /// Attempts of one task before it is given up.
    public static final int ATTEMPTS_MAX = 3;

    private static final Duration PAUSE = Duration.ofSeconds(300);

    private TaskRetries() {}

    /// @param failures attempts that have failed, the last at `now`
    /// @return absent when it is given up
    public static Optional<Instant> next(int failures, Instant now) {
        return failures < ATTEMPTS_MAX ? Optional.of(now.plus(PAUSE.multipliedBy(failures))) : Optional.empty();
    }
}
