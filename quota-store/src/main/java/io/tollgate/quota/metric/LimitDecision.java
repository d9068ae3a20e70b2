package io.tollgate.quota.metric;

import io.tollgate.metering.limit.EffectivePlan;
import java.util.List;

/// Whether a tenant, or the organization itself, may go on by its plan limits.
public sealed interface LimitDecision {
    /// No limit with action `deny` is breached.
    ///
    /// @param values the metrics that were tested, with every limit on each
    /// @param plan that the tenant is on
    /// @param stale whether a standby's copy was asked, because no owner answered
    record Allowed(List<MetricValue> values, EffectivePlan plan, boolean stale) implements LimitDecision {
        public Allowed {
            values = List.copyOf(values);
        }
    }

    /// A limit with action `deny` is breached, or would be by what is asked for.
    ///
    /// @param value the metric it is on
    /// @param tested the limit
    record Denied(MetricValue value, MetricValue.Tested tested, EffectivePlan plan) implements LimitDecision {}

    /// The subscription has ended, there is no free plan, and the organization denies that.
    record Expired(EffectivePlan plan) implements LimitDecision {}

    /// The tenant is suspended.
    record Suspended() implements LimitDecision {}

    /// The tenant is deleted.
    record Deleted() implements LimitDecision {}

    /// Nobody defined the metric and nothing was counted for it.
    record NoMetric(String meter) implements LimitDecision {}

    /// The counters cannot be asked now.
    record Unavailable(String why) implements LimitDecision {}
}
