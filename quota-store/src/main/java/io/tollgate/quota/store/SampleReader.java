package io.tollgate.quota.store;

import io.tollgate.contract.EventId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/// The events of meters whose value is a single event, as far as they are kept: see [#PER_HOUR_MAX] and [Samples#KEPT].
public interface SampleReader {
    /// Most events of one meter of one subject that are kept of one hour. Beyond it the smallest, largest and latest of
    /// the hour go on being counted, but they cannot be found anew.
    int PER_HOUR_MAX = 10_000;

    /// One counted event.
    ///
    /// @param appendedAt, offset, index when and where it arrived in the log
    record Sample(EventId id, BigDecimal quantity, Instant eventTime, Instant appendedAt, long offset, int index) {
        /// By event time, then as they stand in the log.
        public static final Comparator<Sample> IN_ORDER = Comparator.comparing(Sample::eventTime)
                .thenComparingLong(Sample::offset)
                .thenComparingInt(Sample::index);
    }

    /// Those with an event time in `[from, to)`, in order of time, at most `most`.
    List<Sample> samples(String subjectKey, String meter, Instant from, Instant to, int most);
}
