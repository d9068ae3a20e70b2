package io.tollgate.quota.query;

import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import io.tollgate.quota.store.Counter;
import java.time.Instant;
import java.util.Optional;

/// What is counted for one meter of a subject.
///
/// @param window the window it was counted in; empty: since the meter's first event
/// @param cutAt when the meter was last cut, as far as the counter knows ([Counter#cutAt])
public record MeterReading(String meter, Optional<Window> window, CounterState state, Optional<Instant> cutAt) {
    /// One counter of a meter.
    public static MeterReading of(String meter, Counter counter) {
        return new MeterReading(meter, Optional.of(counter.window()), counter.state(), counter.cutAt());
    }

    /// Everything that was ever counted.
    static MeterReading total(String meter, CounterState state) {
        return new MeterReading(meter, Optional.empty(), state, Optional.empty());
    }
}
