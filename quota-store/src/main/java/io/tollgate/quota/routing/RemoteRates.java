package io.tollgate.quota.routing;

import io.tollgate.metering.ratelimit.RateVerdict;
import io.tollgate.quota.ratelimit.RateQuestion;
import java.time.Duration;
import java.util.Optional;

/// The instances in other processes, as they are asked what [io.tollgate.quota.ratelimit.RateNode] answers.
/// Thread-safe.
public interface RemoteRates {
    /// Blocks, for `atMost` at most.
    ///
    /// @return empty if the instance cannot be reached or does not answer by then; else its answer, which is empty if
    /// it
    /// does not own the partition
    Optional<Optional<RateVerdict>> count(Owner owner, RateQuestion question, Duration atMost);
}
