package io.tollgate.control.plan;

import io.tollgate.contract.MeterKey;
import io.tollgate.contract.TenantId;
import io.tollgate.metering.limit.BreachAction;
import io.tollgate.metering.limit.LimitOperator;
import io.tollgate.metering.limit.LimitPeriod;
import io.tollgate.metering.limit.MetricType;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.quantity.Quantity;
import java.util.List;
import java.util.Optional;

/// What a plan limit says.
///
/// @param planRef id or name of the plan it belongs to; of a stored limit the id
/// @param tenantId the one tenant it is for; with neither plan nor tenant it is for every tenant
/// @param value at least 0
/// @param webhookUrls at most [#URLS_MAX]
public record PlanLimitTerms(
        Optional<String> planRef,
        Optional<TenantId> tenantId,
        MeterKey meter,
        Quantity value,
        LimitPeriod period,
        LimitOperator operator,
        BreachAction action,
        List<String> webhookUrls,
        MetricType metricType,
        Operation operation) {
    /// Each is called on every crossing.
    public static final int URLS_MAX = 10;

    public PlanLimitTerms {
        if (planRef.isPresent() && tenantId.isPresent()) {
            throw new IllegalArgumentException("a limit is a plan's or a tenant's, not both");
        }
        webhookUrls = List.copyOf(webhookUrls);
    }

    /// The same limit of the plan with this id.
    public PlanLimitTerms ofPlan(String planId) {
        return new PlanLimitTerms(
                Optional.of(planId),
                tenantId,
                meter,
                value,
                period,
                operator,
                action,
                webhookUrls,
                metricType,
                operation);
    }
}
