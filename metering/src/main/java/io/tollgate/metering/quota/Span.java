package io.tollgate.metering.quota;

import java.time.Instant;
import java.util.Optional;

/// The half-open span of time `[start, end)` in which a quota accumulates.
///
/// @param end [Instant#MAX] for a span without end
public record Span(Instant start, Instant end) {
    public Span {
        if (!start.isBefore(end)) {
            throw new IllegalArgumentException("a span ends after it starts");
        }
    }

    public boolean contains(Instant instant) {
        return !instant.isBefore(start) && instant.isBefore(end);
    }

    /// When usage starts again at zero; empty if it never does.
    public Optional<Instant> resetsAt() {
        return end.equals(Instant.MAX) ? Optional.empty() : Optional.of(end);
    }
}
