package io.tollgate.control.schedule;

import java.time.Duration;
import java.util.Optional;

/// Work that is done at set times, by one instance at a time. It is done again if an instance dies over it, so it must
/// bear that.
///
/// @param name unique and never changed: under it the times are kept
/// @param cron when, in UTC: second, minute, hour, day of month, month, day of week
/// @param work throws if it failed, and is then done again at the next time
/// @param again after what pause it is done again instead, [#AGAIN_MAX] times at most
public record Job(String name, String cron, Runnable work, Optional<Duration> again) {
    /// Of what keeps failing somebody must be told, rather than that it is done all day.
    public static final int AGAIN_MAX = 100;

    public Job(String name, String cron, Runnable work) {
        this(name, cron, work, Optional.empty());
    }

    /// The same, which does not wait for its next time after it has failed.
    public Job triedAgainAfter(Duration pause) {
        return new Job(name, cron, work, Optional.of(pause));
    }
}
