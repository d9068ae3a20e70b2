package io.tollgate.metering.ratelimit;

/// Most requests in any span of one length.
public record RateBound(RateSpan span, int requestsMax) {
    public RateBound {
        if (requestsMax < 1) {
            throw new IllegalArgumentException("a rate limit lets at least one request pass");
        }
    }
}
