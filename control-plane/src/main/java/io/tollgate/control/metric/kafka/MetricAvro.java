package io.tollgate.control.metric.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.control.outbox.kafka.TableRow;
import io.tollgate.definition.BreachAction;
import io.tollgate.definition.LimitOperator;
import io.tollgate.definition.LimitPeriod;
import io.tollgate.definition.MeterOperation;
import io.tollgate.definition.MetricDefinition;
import io.tollgate.definition.MetricType;
import io.tollgate.metering.quantity.Quantity;
import java.util.Locale;
import java.util.Optional;

/// Metrics as Avro, whose words are the table's in upper case.
public final class MetricAvro implements DefinitionAvro<MetricDefinition> {
    @Override
    public Topic<MetricDefinition> topic() {
        return Topics.METRIC_DEFINITIONS;
    }

    @Override
    public Optional<MetricDefinition> toAvro(JsonNode json) {
        TableRow row = new TableRow(json);
        return Optional.of(MetricDefinition.newBuilder()
                .setOrganizationId(row.text("organization_id"))
                .setSubject(row.text("subject"))
                .setName(row.text("name"))
                .setOperation(MeterOperation.valueOf(row.text("operation")))
                .setMetricType(MetricType.valueOf(symbol(row, "metric_type")))
                .setFlushSeconds(Integer.parseInt(row.text("flush_seconds")))
                .setBatchSeconds(Integer.parseInt(row.text("batch_seconds")))
                .setCleanupSeconds(row.optionalLong("cleanup_seconds"))
                .setInitialValue(row.decimal("initial_value", Quantity.SCALE))
                .setLimitValue(row.optionalDecimal("limit_value", Quantity.SCALE))
                .setOperator(LimitOperator.valueOf(symbol(row, "limit_operator")))
                .setAction(BreachAction.valueOf(symbol(row, "breach_action")))
                .setPeriod(LimitPeriod.valueOf(symbol(row, "limit_period")))
                .setTags(row.textsByName("tags"))
                .setRetentionDays(row.optionalInt("retention_days"))
                .setCreatedAt(row.instant("created_at"))
                .build());
    }

    private static String symbol(TableRow row, String column) {
        return row.text(column).toUpperCase(Locale.ROOT);
    }
}
