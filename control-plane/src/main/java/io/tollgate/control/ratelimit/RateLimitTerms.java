package io.tollgate.control.ratelimit;

import io.tollgate.metering.ratelimit.RouteKind;
import java.util.Optional;
import java.util.Set;

/// How many requests may be made. At least one of second, minute and hour is there.
///
/// @param keyId the one key whose requests are counted; empty: all of the organization together
/// @param perSecond most in any span of 1 s
/// @param perMinute most in any span of 60 s
/// @param perHour most in any span of 3,600 s
/// @param burst most in any span of 100 ms
/// @param appliesTo not empty
public record RateLimitTerms(
        Optional<String> keyId,
        Optional<Integer> perSecond,
        Optional<Integer> perMinute,
        Optional<Integer> perHour,
        Optional<Integer> burst,
        Set<RouteKind> appliesTo) {
    /// Largest number of requests in a span: more than any installation serves.
    public static final int REQUESTS_MAX = 999_999_999;

    public RateLimitTerms {
        if (perSecond.isEmpty() && perMinute.isEmpty() && perHour.isEmpty()) {
            throw new IllegalArgumentException("a rate limit bounds seconds, minutes or hours");
        }
        if (appliesTo.isEmpty()) {
            throw new IllegalArgumentException("a rate limit applies to something");
        }
        appliesTo = Set.copyOf(appliesTo);
    }
}
