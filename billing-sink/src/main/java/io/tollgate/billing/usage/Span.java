package io.tollgate.billing.usage;

import java.time.Instant;

/// A half-open span of time.
///
/// @param from first instant, inclusive
/// @param before end, exclusive
public record Span(Instant from, Instant before) {
    public Span {
        if (!from.isBefore(before)) {
            throw new IllegalArgumentException("a span ends after it starts");
        }
    }
}
