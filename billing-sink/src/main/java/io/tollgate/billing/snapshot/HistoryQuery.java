package io.tollgate.billing.snapshot;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.SubjectKey;
import java.time.Instant;
import java.util.Optional;

/// Which readings of a metric are asked for.
///
/// @param shape of the metric, by which counters are read
/// @param from windows that start here or later
/// @param before windows that start earlier than this
/// @param after windows that start later than this, the start of the last one seen
/// @param limit most rows
public record HistoryQuery(
        SubjectKey subject,
        MeterKey meter,
        MetricShapes.Shape shape,
        Granularity granularity,
        Optional<Instant> from,
        Optional<Instant> before,
        Optional<Instant> after,
        int limit) {}
