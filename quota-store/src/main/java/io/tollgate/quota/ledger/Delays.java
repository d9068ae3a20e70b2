package io.tollgate.quota.ledger;

import java.time.Duration;
import java.util.Optional;

/// The least and the greatest time from admission to append over the last minute or two: the transit of records plus
/// the
/// difference of two clocks. Not thread-safe.
final class Delays {
    private static final long SPAN_NANOS = Duration.ofMinutes(1).toNanos();

    private record Range(long startNanos, Duration min, Duration max) {
        Range with(Duration delay) {
            return new Range(
                    startNanos, delay.compareTo(min) < 0 ? delay : min, delay.compareTo(max) > 0 ? delay : max);
        }
    }

    private Optional<Range> current = Optional.empty();
    private Optional<Range> previous = Optional.empty();

    void add(Duration delay, long nowNanos) {
        if (current.isPresent() && nowNanos - current.get().startNanos() < SPAN_NANOS) {
            current = Optional.of(current.get().with(delay));
        } else {
            previous = current;
            current = Optional.of(new Range(nowNanos, delay, delay));
        }
    }

    Optional<Duration> min() {
        return current.map(now -> previous.isPresent() && previous.get().min().compareTo(now.min()) < 0
                ? previous.get().min()
                : now.min());
    }

    Optional<Duration> max() {
        return current.map(now -> previous.isPresent() && previous.get().max().compareTo(now.max()) > 0
                ? previous.get().max()
                : now.max());
    }
}
