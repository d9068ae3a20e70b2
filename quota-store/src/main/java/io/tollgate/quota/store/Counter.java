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
/// @param since offset of the record with which it began anew: what stands before it in the log is not counted here.
///     [#ALWAYS] if it never did, [#UNKNOWN] if that was before this was kept
public record Counter(
        Window window, CounterState state, @Nullable Instant cut, long since) {
    /// It has counted everything there was.
    public static final long ALWAYS = -1;

    /// It began anew at its cut, at an offset that nobody wrote down.
    public static final long UNKNOWN = -2;

    /// A counter of a window that was never cut.
    public Counter(Window window, CounterState state) {
        this(window, state, null, ALWAYS);
    }

    /// A counter of a window in which nothing is counted yet.
    public static Counter empty(Window window) {
        return new Counter(window, CounterState.ZERO);
    }

    public Counter with(CounterState newState) {
        return new Counter(window, newState, cut, since);
    }

    /// Whether it counts an event of its window that was counted by the record at `offset`. Where it is not known from
    /// where on it counts, its cut is compared with the time of the event.
    public boolean countsFrom(long offset, Instant eventTime) {
        return since == UNKNOWN ? cut == null || !eventTime.isBefore(cut) : offset > since;
    }

    public Optional<Instant> cutAt() {
        return Optional.ofNullable(cut);
    }
}
