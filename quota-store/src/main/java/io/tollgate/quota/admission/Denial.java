package io.tollgate.quota.admission;

import io.tollgate.metering.quota.EnforcementMode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/// Why an event was denied, complete enough to check the decision by hand.
///
/// @param current what the window holds without the request, open reservations included
/// @param requested the event, or the sum of the request's new events of the meter where they are judged together
/// @param graceEnd when the last grace ended, if there was one
/// @param decisionId says all of this in one string; see [DecisionId]
public record Denial(
        String meter,
        EnforcementMode mode,
        BigDecimal limit,
        Optional<BigDecimal> softLimit,
        BigDecimal current,
        BigDecimal requested,
        Optional<Instant> resetsAt,
        Optional<Instant> graceEnd,
        String decisionId) {}
