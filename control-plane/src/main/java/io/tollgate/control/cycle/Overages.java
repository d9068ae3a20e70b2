package io.tollgate.control.cycle;

import java.time.Instant;

/// Use beyond limits that is billed. Thread-safe, over all processes.
public interface Overages {
    /// Makes a report where one metric's use has risen by units since it was looked at.
    ///
    /// @return whether one was looked at; false if none is due
    boolean look(Instant now);
}
