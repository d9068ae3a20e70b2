package io.tollgate.metering.metric;

import io.tollgate.metering.limit.EffectiveLimits;
import io.tollgate.metering.limit.LimitPeriod;
import io.tollgate.metering.limit.LimitSource;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.limit.PlanLimit;
import io.tollgate.metering.meter.Operation;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A meter of one subject as it is now: settings that somebody gave, that a plan limit implies, or those of any meter
/// that an event names.
public record Metric(String meter, MetricSettings settings, Origin origin, EffectiveLimits limits) {
    /// Who made a metric.
    public enum Origin {
        /// The metrics API.
        API,
        /// A limit of a plan, of a tenant, or of the organization: it is there before the first event.
        PLAN,
        /// The first event.
        EVENT
    }

    /// @param given settings that the metrics API was given
    /// @param limits those in force for the meter
    public static Metric of(String meter, Optional<MetricSettings> given, EffectiveLimits limits) {
        if (given.isPresent()) {
            return new Metric(meter, given.get(), Origin.API, limits);
        }
        boolean materialised =
                limits.source().filter(source -> source != LimitSource.METRIC).isPresent();
        if (materialised) {
            PlanLimit first = limits.limits().getFirst();
            return new Metric(
                    meter, MetricSettings.undefined(first.operation(), first.metricType()), Origin.PLAN, limits);
        }
        return new Metric(meter, MetricSettings.undefined(Operation.SUM, MetricType.CHECKPOINT), Origin.EVENT, limits);
    }

    /// Whether it is there although nothing was ever counted for it.
    public boolean defined() {
        return origin != Origin.EVENT;
    }

    /// The usage that its own value is about.
    public UsageSpan own() {
        return switch (settings.type()) {
            case CHECKPOINT -> new UsageSpan.Lifetime();
            case STRIPE_BILLING -> new UsageSpan.Cycle();
            case RESET ->
                switch (origin) {
                    case API -> new UsageSpan.Flush(settings.flushSeconds());
                    case PLAN, EVENT -> ownOfLimits();
                };
        };
    }

    private UsageSpan ownOfLimits() {
        List<LimitPeriod> calendar = limits.limits().stream()
                .map(PlanLimit::period)
                .filter(period -> period != LimitPeriod.REALTIME)
                .toList();
        return calendar.stream()
                .max(Comparator.naturalOrder())
                .map(period -> span(period, true))
                .orElse(new UsageSpan.Cycle());
    }

    /// The usage that a limit on it is compared with. A billing reset does not touch metrics that never reset.
    public UsageSpan comparedWith(PlanLimit limit) {
        return span(limit.period(), settings.type() != MetricType.CHECKPOINT);
    }

    private UsageSpan span(LimitPeriod period, boolean sinceCut) {
        return switch (period) {
            case DAILY -> new UsageSpan.Calendar(UsageSpan.Length.DAY, sinceCut);
            case MONTHLY -> new UsageSpan.Calendar(UsageSpan.Length.MONTH, sinceCut);
            case YEARLY -> new UsageSpan.Calendar(UsageSpan.Length.YEAR, sinceCut);
            case REALTIME -> own();
        };
    }
}
