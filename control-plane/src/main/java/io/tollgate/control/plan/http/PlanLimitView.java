package io.tollgate.control.plan.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.contract.TenantId;
import io.tollgate.control.plan.PlanLimitTerms;
import io.tollgate.control.plan.StoredPlanLimit;
import io.tollgate.metering.quantity.Quantity;

/// A plan limit as answers write it. Every member is there, and null where it has no value.
final class PlanLimitView {
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    private PlanLimitView() {}

    static ObjectNode toJson(StoredPlanLimit limit) {
        PlanLimitTerms terms = limit.terms();
        return NODES.objectNode()
                .put("id", limit.id())
                .put("metric_name", terms.meter().value())
                .put("limit_value", Quantity.withFraction(terms.value().value()))
                .put("limit_period", terms.period().word())
                .put("breach_operator", terms.operator().word())
                .put("breach_action", terms.action().word())
                .put("webhook_urls", terms.webhookUrls().isEmpty() ? null : String.join(",", terms.webhookUrls()))
                .put("metric_type", terms.metricType().word())
                .put("operation", terms.operation().name())
                .put("plan_id", terms.planRef().orElse(null))
                .put("customer_id", terms.tenantId().map(TenantId::value).orElse(null))
                .put("created_at", limit.createdAt().toString())
                .put("updated_at", limit.updatedAt().toString());
    }
}
