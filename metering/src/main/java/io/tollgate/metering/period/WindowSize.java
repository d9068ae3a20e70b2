package io.tollgate.metering.period;

import java.util.List;

/// Kinds of windows that counters are kept for. The order and the codes are stored: append only.
public enum WindowSize {
    /// 60 seconds, multiples since 1970-01-01T00:00:00Z.
    MINUTE(1),
    /// 3,600 seconds, multiples since 1970-01-01T00:00:00Z.
    HOUR(2),
    /// A calendar day in the organization's zone: 23 to 25 hours.
    DAY(3),
    /// A calendar month in the organization's zone.
    MONTH(4),
    /// Everything since the meter began, or began anew by being deleted.
    LIFETIME(5),
    /// Everything since the last cut of the meter: a billing reset, or its deletion.
    CYCLE(6),
    /// The rest of a calendar day after a cut in it.
    DAY_SINCE(7),
    /// The rest of a calendar month after a cut in it.
    MONTH_SINCE(8),
    /// The rest of a calendar year after a cut in it.
    YEAR_SINCE(9),
    /// A flush window of a metric with settings of its own: as long as they say, multiples since
    /// 1970-01-01T00:00:00Z. What is counted in it for a metric that starts anew with each, else the metric's state at
    /// its end.
    FLUSH(10);

    /// The windows that every event is counted in, whatever its meter.
    public static final List<WindowSize> CALENDAR = List.of(MINUTE, HOUR, DAY, MONTH);

    private final byte code;

    WindowSize(int code) {
        this.code = (byte) code;
    }

    /// Stable number of the size in stored keys.
    public byte code() {
        return code;
    }

    public static WindowSize ofCode(byte code) {
        for (WindowSize size : values()) {
            if (size.code == code) {
                return size;
            }
        }
        throw new IllegalArgumentException("no window size has code " + code);
    }
}
