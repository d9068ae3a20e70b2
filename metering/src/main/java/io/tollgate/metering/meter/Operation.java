package io.tollgate.metering.meter;

/// How a meter's value comes from the quantities of a window.
public enum Operation {
    /// The sum of the quantities.
    SUM,
    /// The number of events, whatever their quantities.
    COUNT,
    /// The sum divided by the number, rounded HALF_UP to 6 places when shown.
    AVG,
    /// The smallest quantity.
    MIN,
    /// The largest quantity.
    MAX,
    /// The quantity of the latest event time; of equal times, the later in the log.
    LAST;

    /// Whether a single event of a window is its value. Then the window's events must be known to take one out; of the
    /// other operations their number and sum are enough.
    public boolean ofSingleEvent() {
        return switch (this) {
            case SUM, COUNT, AVG -> false;
            case MIN, MAX, LAST -> true;
        };
    }
}
