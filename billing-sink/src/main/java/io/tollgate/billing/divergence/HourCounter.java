package io.tollgate.billing.divergence;

import io.tollgate.contract.SubjectKey;
import java.time.Duration;
import java.time.Instant;

/// Which counter: one meter of one subject in one hour of UTC. Every event is in exactly one for its meter, so nothing
/// diverges that these do not show.
public record HourCounter(SubjectKey subject, String meter, Instant start) {
    private static final Duration HOUR = Duration.ofHours(1);

    public Instant end() {
        return start.plus(HOUR);
    }
}
