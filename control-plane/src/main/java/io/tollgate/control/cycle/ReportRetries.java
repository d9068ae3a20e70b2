package io.tollgate.control.cycle;

import java.time.Duration;
import java.util.Optional;

/// When a report is tried again, and what it is made from. It is never given up while the provider takes it.
public final class ReportRetries {
    private static final Duration FIRST = Duration.ofSeconds(5);

    /// An account that is put in order need not wait longer than this.
    private static final Duration LONGEST = Duration.ofMinutes(30);

    /// After so many doublings the pause is at its longest.
    private static final int DOUBLINGS_MAX = 9;

    private ReportRetries() {}

    /// @param failures in succession, at least one
    public static Duration pause(int failures) {
        return pause(failures, Optional.empty(), 0);
    }

    /// @param attempts begun so far, at least one
    /// @param asked how long the provider asks to wait; it is believed for a day
    /// @param random from 0 to 1, so that what failed together does not come back together
    static Duration pause(int attempts, Optional<Duration> asked, double random) {
        Duration doubled = FIRST.multipliedBy(1L << Math.min(attempts - 1, DOUBLINGS_MAX));
        Duration pause = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
        Duration jittered = pause.plusMillis((long) (pause.toMillis() * 0.2 * random));
        return asked.map(wish -> wish.compareTo(Duration.ofDays(1)) < 0 ? wish : Duration.ofDays(1))
                .filter(wish -> wish.compareTo(jittered) > 0)
                .map(wish -> wish.plusMillis((long) (1_000 * random)))
                .orElse(jittered);
    }
}
