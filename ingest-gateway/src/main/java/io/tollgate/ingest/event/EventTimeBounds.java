package io.tollgate.ingest.event;

import java.time.Duration;
import java.util.Optional;

/// How far an event's time may lie from its arrival.
///
/// @param maxAhead `EVENT_MAX_AHEAD`: further in the future is refused; 0 to 1 day. Default 5 minutes, which forgives
///     clocks that run ahead without letting an event reach into a far window.
/// @param maxAge `EVENT_MAX_AGE`: older is refused; at least 1 minute. Default none: history is welcome.
public record EventTimeBounds(Duration maxAhead, Optional<Duration> maxAge) {
    private static final Duration MAX_AHEAD_MAX = Duration.ofDays(1);
    private static final Duration MAX_AGE_MIN = Duration.ofMinutes(1);

    public static final EventTimeBounds DEFAULT = new EventTimeBounds(Duration.ofMinutes(5), Optional.empty());

    public EventTimeBounds {
        if (maxAhead.isNegative() || maxAhead.compareTo(MAX_AHEAD_MAX) > 0) {
            throw new IllegalArgumentException("EVENT_MAX_AHEAD must be 0 to 1 day, not " + maxAhead);
        }
        if (maxAge.isPresent() && maxAge.get().compareTo(MAX_AGE_MIN) < 0) {
            throw new IllegalArgumentException("EVENT_MAX_AGE must be at least 1 minute, not " + maxAge.get());
        }
    }
}
