package io.tollgate.control.metric;

import java.time.Instant;

/// A metric as it is kept.
///
/// @param createdAt with microseconds
public record StoredMetric(MetricKey key, MetricSettings settings, Instant createdAt) {}
