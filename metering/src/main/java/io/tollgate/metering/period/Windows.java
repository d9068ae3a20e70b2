package io.tollgate.metering.period;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The windows of consecutive events in one zone. Neighbouring events mostly fall into the same windows, so the last
/// ones
/// are kept: calendar arithmetic then happens once per window, not once per event. Not thread-safe.
public final class Windows {
    private static final List<WindowSize> SIZES = List.of(WindowSize.values());

    private final ZoneId zone;
    private final @Nullable Window[] last = new Window[SIZES.size()];

    public Windows(ZoneId zone) {
        this.zone = zone;
    }

    /// The window of `size` that holds `eventTime`.
    public Window containing(Instant eventTime, WindowSize size) {
        Window known = last[size.ordinal()];
        if (known != null && known.contains(eventTime)) {
            return known;
        }
        Window window = Window.containing(eventTime, size, zone);
        last[size.ordinal()] = window;
        return window;
    }
}
