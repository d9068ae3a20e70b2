package io.tollgate.billing.usage;

import io.tollgate.metering.meter.CounterState;

/// What is counted under one key, as the store adds it up: everything but the last quantity.
public record UsageRow(RowKey key, CounterState counted) {}
