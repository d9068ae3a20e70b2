package io.tollgate.aggregate.usage.topology;

import java.time.Instant;

/// Where a record of `usage-events` lies and when the broker appended it.
record LogPlace(int partition, long offset, Instant appendedAt) {}
