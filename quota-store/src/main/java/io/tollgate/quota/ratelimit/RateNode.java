package io.tollgate.quota.ratelimit;

import io.tollgate.metering.ratelimit.RateVerdict;
import java.util.Optional;

/// An instance that counts requests of the organizations whose partitions it owns. Does not block. Thread-safe.
public interface RateNode {
    /// Lets the request pass and counts it, or refuses it; empty if the partition is not owned there.
    Optional<RateVerdict> count(RateQuestion question);
}
