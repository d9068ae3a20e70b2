package io.tollgate.metering.ratelimit;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// How many requests an organization, or one of its keys, may make.
///
/// @param keyId the key whose requests are counted; empty: all of the organization together
/// @param bounds at most one for each span, at least one, shortest first
public record RateLimit(Optional<String> keyId, List<RateBound> bounds) {
    public RateLimit {
        if (bounds.isEmpty() || bounds.stream().map(RateBound::span).distinct().count() != bounds.size()) {
            throw new IllegalArgumentException("a rate limit has at least one bound, and one for each span at most");
        }
        bounds = bounds.stream().sorted(Comparator.comparing(RateBound::span)).toList();
    }
}
