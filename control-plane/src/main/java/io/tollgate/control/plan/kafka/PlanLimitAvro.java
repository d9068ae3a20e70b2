package io.tollgate.control.plan.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.control.outbox.kafka.TableRow;
import io.tollgate.definition.BreachAction;
import io.tollgate.definition.LimitOperator;
import io.tollgate.definition.LimitPeriod;
import io.tollgate.definition.MeterOperation;
import io.tollgate.definition.MetricType;
import io.tollgate.definition.PlanLimitDefinition;
import io.tollgate.metering.quantity.Quantity;
import java.util.Locale;
import java.util.Optional;

/// Plan limits as Avro, whose words are the table's in upper case.
public final class PlanLimitAvro implements DefinitionAvro<PlanLimitDefinition> {
    @Override
    public Topic<PlanLimitDefinition> topic() {
        return Topics.PLAN_LIMIT_DEFINITIONS;
    }

    @Override
    public Optional<PlanLimitDefinition> toAvro(JsonNode json) {
        TableRow row = new TableRow(json);
        return Optional.of(PlanLimitDefinition.newBuilder()
                .setLimitId(row.text("id"))
                .setOrganizationId(row.text("organization_id"))
                .setPlanId(row.optionalText("plan_id"))
                .setTenantId(row.optionalText("tenant_id"))
                .setMeter(row.text("metric_name"))
                .setLimitValue(row.decimal("limit_value", Quantity.SCALE))
                .setOperator(LimitOperator.valueOf(symbol(row, "breach_operator")))
                .setAction(BreachAction.valueOf(symbol(row, "breach_action")))
                .setPeriod(LimitPeriod.valueOf(symbol(row, "limit_period")))
                .setMetricType(MetricType.valueOf(symbol(row, "metric_type")))
                .setOperation(MeterOperation.valueOf(row.text("operation")))
                .setWebhookUrls(row.texts("webhook_urls"))
                .setCreatedAt(row.instant("created_at"))
                .build());
    }

    private static String symbol(TableRow row, String column) {
        return row.text(column).toUpperCase(Locale.ROOT);
    }
}
