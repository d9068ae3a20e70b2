package io.tollgate.quota.store;

import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;

/// One counter as it is kept: its window, whose end was fixed when the counter began, and what is counted in it.
public record Counter(Window window, CounterState state) {
    /// A counter of a window in which nothing is counted yet.
    public static Counter empty(Window window) {
        return new Counter(window, CounterState.ZERO);
    }

    public Counter with(CounterState newState) {
        return new Counter(window, newState);
    }
}
