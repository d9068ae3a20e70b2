package io.tollgate.metering.ratelimit;

import java.time.Instant;

/// What rate limits say to a request.
public sealed interface RateVerdict {
    /// It passes and is counted. Speaks of the bound with the least share left.
    ///
    /// @param limit most requests in the bound's span
    /// @param remaining how many more pass now
    /// @param resetAt when the next place is freed
    record Passed(int limit, int remaining, Instant resetAt) implements RateVerdict {}

    /// It is refused and not counted. Speaks of the shortest bound that it breaks.
    ///
    /// @param limit most requests in the bound's span
    /// @param resetAt when a place is freed
    /// @param retryAfterSeconds until then in whole seconds, at least 1
    record Refused(int limit, Instant resetAt, int retryAfterSeconds) implements RateVerdict {}
}
