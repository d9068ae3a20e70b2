package io.tollgate.quota.metric;

import io.tollgate.metering.limit.LimitReport;
import io.tollgate.metering.limit.LimitStatus;
import io.tollgate.metering.metric.Metric;
import io.tollgate.metering.period.Window;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A metric with its numbers at an instant.
///
/// @param current its own value, initial value included
/// @param window the window of that value; absent where it has no end
/// @param limits every limit in force on it, tested by usage so far
/// @param updatedAt when its last event arrived in the log; absent while there was none
public record MetricValue(
        Metric metric, BigDecimal current, Optional<Window> window, List<Tested> limits, Optional<Instant> updatedAt) {
    public MetricValue {
        limits = List.copyOf(limits);
    }

    /// A limit, and the window whose usage it was compared with.
    ///
    /// @param start first instant of that window; the epoch where it has no end
    /// @param since when its usage begins: with the window, or with a later cut in it
    /// @param resetsAt end of that window; absent where it has none
    public record Tested(LimitStatus status, Instant start, Instant since, Optional<Instant> resetsAt) {}

    /// Whether the metric is there: defined, or something was counted for it.
    public boolean exists() {
        return metric.defined() || updatedAt.isPresent();
    }

    /// What is told of its limits; empty without any.
    public Optional<LimitReport> report() {
        return LimitReport.worst(limits.stream().map(Tested::status).toList());
    }

    /// The tested limit that is reported.
    public Optional<Tested> reported() {
        return report().flatMap(report -> limits.stream()
                .filter(tested -> tested.status().equals(report.reported()))
                .findFirst());
    }

    /// Whether it was updated less than its clean-up time ago, or needs no update to be shown.
    public boolean active(Instant now) {
        return metric.settings().cleanupAfter().isEmpty()
                || updatedAt.isEmpty()
                || updatedAt.get().plus(metric.settings().cleanupAfter().get()).isAfter(now);
    }
}
