package io.tollgate.quota.query;

import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import java.util.Optional;

/// What is counted for one meter of a subject.
///
/// @param window the window it was counted in; empty: since the meter's first event
public record MeterReading(String meter, Optional<Window> window, CounterState state) {}
