package io.tollgate.quota.definition;

import io.tollgate.definition.MeterOperation;
import io.tollgate.definition.MetricDefinition;
import io.tollgate.definition.PlanLimitDefinition;
import io.tollgate.metering.limit.BreachAction;
import io.tollgate.metering.limit.LimitOperator;
import io.tollgate.metering.limit.LimitPeriod;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.limit.PlanLimit;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.metric.MetricSettings;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Limits and metrics as they are decided by. A word of a later release is refused, so that the definition is left out
/// and told of rather than half understood.
final class LimitAvro {
    private LimitAvro() {}

    static PlanLimit fromAvro(PlanLimitDefinition limit) {
        return new PlanLimit(
                limit.getLimitId(),
                limit.getMeter(),
                limit.getLimitValue(),
                period(limit.getPeriod()),
                operator(limit.getOperator()),
                action(limit.getAction()),
                type(limit.getMetricType()),
                operation(limit.getOperation()),
                limit.getWebhookUrls());
    }

    static MetricSettings fromAvro(MetricDefinition metric) {
        MetricType type = type(metric.getMetricType());
        Operation operation = operation(metric.getOperation());
        BigDecimal value = metric.getLimitValue();
        return new MetricSettings(
                operation,
                type,
                metric.getFlushSeconds(),
                metric.getBatchSeconds(),
                Optional.ofNullable(metric.getCleanupSeconds()).map(Duration::ofSeconds),
                metric.getInitialValue(),
                value == null || value.signum() == 0
                        ? Optional.empty()
                        : Optional.of(new PlanLimit(
                                "metric:" + metric.getName(),
                                metric.getName(),
                                value,
                                period(metric.getPeriod()),
                                operator(metric.getOperator()),
                                action(metric.getAction()),
                                type,
                                operation,
                                List.of())),
                metric.getTags());
    }

    private static LimitPeriod period(io.tollgate.definition.LimitPeriod period) {
        return switch (period) {
            case DAILY -> LimitPeriod.DAILY;
            case MONTHLY -> LimitPeriod.MONTHLY;
            case YEARLY -> LimitPeriod.YEARLY;
            case REALTIME -> LimitPeriod.REALTIME;
            case UNKNOWN -> throw unknown("period");
        };
    }

    private static LimitOperator operator(io.tollgate.definition.LimitOperator operator) {
        return switch (operator) {
            case GTE -> LimitOperator.GTE;
            case GT -> LimitOperator.GT;
            case LTE -> LimitOperator.LTE;
            case LT -> LimitOperator.LT;
            case EQ -> LimitOperator.EQ;
            case UNKNOWN -> throw unknown("operator");
        };
    }

    private static BreachAction action(io.tollgate.definition.BreachAction action) {
        return switch (action) {
            case DENY -> BreachAction.DENY;
            case ALLOW_OVERAGE -> BreachAction.ALLOW_OVERAGE;
            case WEBHOOK -> BreachAction.WEBHOOK;
            case SCALE -> BreachAction.SCALE;
            case ALLOW -> BreachAction.ALLOW;
            case DISABLED -> BreachAction.DISABLED;
            case UNKNOWN -> throw unknown("action");
        };
    }

    private static MetricType type(io.tollgate.definition.MetricType type) {
        return switch (type) {
            case RESET -> MetricType.RESET;
            case CHECKPOINT -> MetricType.CHECKPOINT;
            case STRIPE_BILLING -> MetricType.STRIPE_BILLING;
            case UNKNOWN -> throw unknown("type");
        };
    }

    private static Operation operation(MeterOperation operation) {
        return switch (operation) {
            case SUM -> Operation.SUM;
            case COUNT -> Operation.COUNT;
            case AVG -> Operation.AVG;
            case MIN -> Operation.MIN;
            case MAX -> Operation.MAX;
            case LAST -> Operation.LAST;
            case UNKNOWN -> throw unknown("operation");
        };
    }

    private static IllegalArgumentException unknown(String what) {
        return new IllegalArgumentException("a " + what + " that this release does not know");
    }
}
