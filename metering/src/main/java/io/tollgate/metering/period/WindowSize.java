package io.tollgate.metering.period;

/// Lengths of the windows that counters are kept for. The order and the codes are stored: append only.
public enum WindowSize {
    /// 60 seconds, multiples since 1970-01-01T00:00:00Z.
    MINUTE(1),
    /// 3,600 seconds, multiples since 1970-01-01T00:00:00Z.
    HOUR(2),
    /// A calendar day in the organization's zone: 23 to 25 hours.
    DAY(3),
    /// A calendar month in the organization's zone.
    MONTH(4);

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
