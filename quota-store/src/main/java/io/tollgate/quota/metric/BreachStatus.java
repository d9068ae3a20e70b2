package io.tollgate.quota.metric;

import io.tollgate.metering.limit.EffectivePlan;
import io.tollgate.metering.limit.LimitStatus;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// How usage stands to the reported limit, as proxy and check tell it. Numbers have at least one fraction digit.
public final class BreachStatus {
    private static final String NO_LIMIT_OPERATOR = "gte";
    private static final String NO_LIMIT_ACTION = "allow";

    private BreachStatus() {}

    /// Where no limit is on the metric.
    ///
    /// @param usage the metric's own value
    public static Map<String, Object> unlimited(BigDecimal usage) {
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("is_breached", false);
        status.put("current_usage", decimal(usage));
        status.put("limit_value", decimal(BigDecimal.ZERO));
        status.put("limit_operator", NO_LIMIT_OPERATOR);
        status.put("breach_action", NO_LIMIT_ACTION);
        return status;
    }

    /// Of one limit.
    public static Map<String, Object> of(MetricValue value, MetricValue.Tested tested, EffectivePlan plan) {
        LimitStatus limit = tested.status();
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("is_breached", limit.breached());
        status.put("current_usage", decimal(limit.usage()));
        status.put("limit_value", decimal(limit.limit().value()));
        status.put("limit_operator", limit.limit().operator().word());
        status.put("breach_action", limit.limit().action().word());
        limit.remaining().ifPresent(remaining -> status.put("remaining", decimal(remaining)));
        status.put("metric_name", value.metric().meter());
        status.put("limit_id", limit.limit().id());
        status.put("limit_period", limit.limit().period().word());
        status.put(
                "limit_source",
                value.metric().limits().source().map(source -> source.word()).orElse(null));
        status.put("resets_at", tested.resetsAt().map(Instant::toString).orElse(null));
        status.put("subscription_expired", plan.expired());
        status.put("free_plan_missing", plan.freePlanMissing());
        return status;
    }

    /// Of the reported limit on a metric, or of none.
    public static Map<String, Object> of(MetricValue value, EffectivePlan plan) {
        return value.reported().map(tested -> of(value, tested, plan)).orElseGet(() -> unlimited(value.current()));
    }

    /// Whole seconds until a limit's window ends, rounded up, at least 1; empty where it has no end.
    public static Optional<Long> retryAfterSeconds(MetricValue.Tested tested, Instant now) {
        return tested.resetsAt().map(end -> {
            Duration left = Duration.between(now, end);
            long seconds = left.toSeconds() + (left.getNano() > 0 ? 1 : 0);
            return Math.max(1, seconds);
        });
    }

    /// As this dialect writes numbers.
    public static BigDecimal decimal(BigDecimal value) {
        BigDecimal stripped = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        return stripped.setScale(Math.max(1, stripped.scale()));
    }
}
