package io.tollgate.metering.metric;

import io.tollgate.metering.period.WindowSize;

/// Which of a meter's events a number is about.
public sealed interface UsageSpan {
    /// Those of the current calendar day, month or year, in the organization's zone.
    ///
    /// @param sinceCut whether only those after the last billing reset or deletion
    record Calendar(Length length, boolean sinceCut) implements UsageSpan {}

    /// Those of the current flush window.
    record Flush(int seconds) implements UsageSpan {}

    /// Those since the last billing reset, or else since the meter began.
    record Cycle() implements UsageSpan {}

    /// Those since the meter began.
    record Lifetime() implements UsageSpan {}

    /// Length of a calendar span.
    enum Length {
        DAY(WindowSize.DAY_SINCE),
        MONTH(WindowSize.MONTH_SINCE),
        YEAR(WindowSize.YEAR_SINCE);

        private final WindowSize since;

        Length(WindowSize since) {
            this.since = since;
        }

        /// The windows that count from a cut on; their spans are those of the whole period.
        public WindowSize since() {
            return since;
        }
    }
}
