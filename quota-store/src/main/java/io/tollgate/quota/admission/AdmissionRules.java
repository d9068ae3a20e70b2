package io.tollgate.quota.admission;

import java.time.Duration;
import java.time.Instant;

/// What gateways, owners and the aggregator must agree on, or a limit could be passed.
public final class AdmissionRules {
    /// `L`: a record is in time if the broker appended it at most this long after its owner admitted it, the skew of
    /// the two clocks included. Both numbers stand in the log, so everybody comes to the same result. Long enough for a
    /// broker that elects a leader; an owner holds the room of a record of unknown outcome for as long.
    public static final Duration IN_TIME = Duration.ofSeconds(2);

    /// A gateway hands no record to the network later than this after it asked, by its monotonic clock: the other half
    /// is left to the broker.
    public static final Duration SENT_WITHIN = IN_TIME.dividedBy(2);

    private AdmissionRules() {}

    /// Whether a record reached the log too late for its bounded events to count.
    ///
    /// @param appendedAt the broker's append time
    public static boolean late(Instant admittedAt, Instant appendedAt) {
        return Duration.between(admittedAt, appendedAt).compareTo(IN_TIME) > 0;
    }
}
