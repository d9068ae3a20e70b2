package io.tollgate.quota.store;

import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.period.Window;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One counter as it is kept.
///
/// @param window its window, whose end was fixed when the counter began
/// @param state what is counted in it
/// @param cut when the meter was last cut, by the broker's clock: kept with the counter of its lifetime and with those
///     that begin at the cut; absent while it never was
public record Counter(
        Window window, CounterState state, @Nullable Instant cut) {
    /// A counter of a window in which nothing is counted yet.
    public static Counter empty(Window window) {
        return new Counter(window, CounterState.ZERO, null);
    }

    public Counter with(CounterState newState) {
        return new Counter(window, newState, cut);
    }

    public Optional<Instant> cutAt() {
        return Optional.ofNullable(cut);
    }
}
