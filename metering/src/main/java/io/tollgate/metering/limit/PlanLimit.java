package io.tollgate.metering.limit;

import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.util.List;

/// A limit on a meter: tested against usage so far, never in the way of recording.
///
/// @param id of the limit; of a metric's own limit the metric's name
/// @param meter what is limited
/// @param value what usage is compared with; 0 is a real limit
/// @param period which usage is compared
/// @param operator the comparison that is a breach
/// @param action what a breach does
/// @param metricType of the metric that the limit brings into being where there is none
/// @param operation likewise
/// @param webhookUrls where a breach and its end are told, beside the organization's endpoints
public record PlanLimit(
        String id,
        String meter,
        BigDecimal value,
        LimitPeriod period,
        LimitOperator operator,
        BreachAction action,
        MetricType metricType,
        Operation operation,
        List<String> webhookUrls) {
    public PlanLimit {
        webhookUrls = List.copyOf(webhookUrls);
    }
}
