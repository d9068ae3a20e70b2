package io.tollgate.metering.ratelimit;

/// Lengths of time that a rate limit bounds, shortest first.
public enum RateSpan {
    BURST(100_000),
    SECOND(1_000_000),
    MINUTE(60_000_000),
    HOUR(3_600_000_000L);

    private final long micros;

    RateSpan(long micros) {
        this.micros = micros;
    }

    /// Microseconds.
    public long micros() {
        return micros;
    }
}
