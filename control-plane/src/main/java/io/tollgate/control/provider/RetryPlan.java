package io.tollgate.control.provider;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// When an event that failed is processed again.
public final class RetryPlan {
    private static final List<Duration> PAUSES = List.of(
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            Duration.ofMinutes(10),
            Duration.ofHours(1),
            Duration.ofHours(6));

    private RetryPlan() {}

    /// @param failures attempts that have failed, the last at `now`
    /// @return absent when it is given up
    public static Optional<Instant> next(int failures, Instant now) {
        return failures <= PAUSES.size() ? Optional.of(now.plus(PAUSES.get(failures - 1))) : Optional.empty();
    }
}
