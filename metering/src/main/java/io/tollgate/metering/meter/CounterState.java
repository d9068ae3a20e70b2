package io.tollgate.metering.meter;

import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One meter of one subject in one window: everything that any [Operation] needs, so a change of a meter's operation
/// needs no recount. Adding is commutative and associative: order matters only between events of the same event time,
/// for [Operation#LAST].
///
/// @param eventCount events counted
/// @param sum exact sum of their quantities, scale 6
/// @param min smallest quantity; absent while nothing is counted
/// @param max largest quantity; absent while nothing is counted
/// @param last the quantity of the latest event time; absent while nothing is counted
/// @param duplicateCount logged events of the window that were dropped as duplicates
/// @param rejectedCount logged events of the window that were rejected
/// @param lastOffset log offset of the last record that changed this state; never goes back
public record CounterState(
        long eventCount,
        BigDecimal sum,
        @Nullable BigDecimal min,
        @Nullable BigDecimal max,
        @Nullable Sample last,
        long duplicateCount,
        long rejectedCount,
        long lastOffset) {
    /// Nothing counted yet.
    public static final CounterState ZERO =
            new CounterState(0, BigDecimal.ZERO.setScale(Quantity.SCALE), null, null, null, 0, 0, -1);

    /// The latest event.
    ///
    /// @param appendedAt when it arrived in the log
    public record Sample(BigDecimal quantity, Instant eventTime, Instant appendedAt) {
        /// Of two samples the one of the later event time; of the same event time the later in the log.
        Sample latest(Sample other) {
            int order = eventTime.compareTo(other.eventTime);
            return order > 0 || (order == 0 && appendedAt.isAfter(other.appendedAt)) ? this : other;
        }
    }

    /// With one more event of `quantity`, which stood in the log at `offset`.
    public CounterState plus(BigDecimal quantity, Instant eventTime, Instant appendedAt, long offset) {
        Sample sample = new Sample(quantity, eventTime, appendedAt);
        return new CounterState(
                eventCount + 1,
                sum.add(quantity),
                min == null || quantity.compareTo(min) < 0 ? quantity : min,
                max == null || quantity.compareTo(max) > 0 ? quantity : max,
                last == null ? sample : last.latest(sample),
                duplicateCount,
                rejectedCount,
                Math.max(lastOffset, offset));
    }

    /// With one more logged event that was a duplicate.
    public CounterState plusDuplicate(long offset) {
        return new CounterState(
                eventCount, sum, min, max, last, duplicateCount + 1, rejectedCount, Math.max(lastOffset, offset));
    }

    /// With one more logged event that was rejected.
    public CounterState plusRejected(long offset) {
        return new CounterState(
                eventCount, sum, min, max, last, duplicateCount, rejectedCount + 1, Math.max(lastOffset, offset));
    }

    /// With one event less, by a record at `offset`. Of what is left the number and the sum are known; the smallest,
    /// largest and latest stay as they were unless nothing is left, and are to be found anew where [#isExtreme].
    public CounterState minus(BigDecimal quantity, long offset) {
        boolean empty = eventCount <= 1;
        return new CounterState(
                Math.max(0, eventCount - 1),
                sum.subtract(quantity),
                empty ? null : min,
                empty ? null : max,
                empty ? null : last,
                duplicateCount,
                rejectedCount,
                Math.max(lastOffset, offset));
    }

    /// Whether an event that is counted here may be the smallest, the largest or the latest: only then taking it out
    /// changes which they are.
    public boolean isExtreme(BigDecimal quantity, Instant eventTime) {
        return (min != null && min.compareTo(quantity) == 0)
                || (max != null && max.compareTo(quantity) == 0)
                || (last != null && last.eventTime().equals(eventTime));
    }

    /// With the smallest, largest and latest of `others`, which is made of the same events.
    public CounterState withExtremesOf(CounterState others) {
        return new CounterState(
                eventCount, sum, others.min, others.max, others.last, duplicateCount, rejectedCount, lastOffset);
    }

    /// Both together, as when a longer span is composed of windows that do not overlap.
    public CounterState plus(CounterState other) {
        return new CounterState(
                eventCount + other.eventCount,
                sum.add(other.sum),
                min == null || (other.min != null && other.min.compareTo(min) < 0) ? other.min : min,
                max == null || (other.max != null && other.max.compareTo(max) > 0) ? other.max : max,
                last == null || other.last == null ? (last == null ? other.last : last) : last.latest(other.last),
                duplicateCount + other.duplicateCount,
                rejectedCount + other.rejectedCount,
                Math.max(lastOffset, other.lastOffset));
    }

    /// The value by `operation`; empty for AVG, MIN, MAX and LAST while nothing is counted.
    public Optional<BigDecimal> value(Operation operation) {
        return switch (operation) {
            case SUM -> Optional.of(sum);
            case COUNT -> Optional.of(BigDecimal.valueOf(eventCount));
            case AVG ->
                eventCount == 0
                        ? Optional.empty()
                        : Optional.of(sum.divide(BigDecimal.valueOf(eventCount), Quantity.SCALE, RoundingMode.HALF_UP));
            case MIN -> Optional.ofNullable(min);
            case MAX -> Optional.ofNullable(max);
            case LAST -> Optional.ofNullable(last).map(Sample::quantity);
        };
    }

    /// The value of a metric that begins its windows at `initial`: added where values add up, shown where there is no
    /// sample.
    public BigDecimal valueFrom(BigDecimal initial, Operation operation) {
        return switch (operation) {
            case SUM, COUNT -> value(operation).orElse(BigDecimal.ZERO).add(initial);
            case AVG, MIN, MAX, LAST -> value(operation).orElse(initial);
        };
    }
}
