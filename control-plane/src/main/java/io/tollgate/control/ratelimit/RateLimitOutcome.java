package io.tollgate.control.ratelimit;

/// What became of the wish to make or change a rate limit.
public sealed interface RateLimitOutcome {
    /// It is in force and, unless waiting for that was given up, applied at this instance.
    record Saved(StoredRateLimit limit) implements RateLimitOutcome {}

    /// The organization, or the key, has one already.
    record Taken() implements RateLimitOutcome {}

    /// The organization has no such key.
    record NoKey() implements RateLimitOutcome {}

    /// No such rate limit, or no such organization.
    record Absent() implements RateLimitOutcome {}
}
