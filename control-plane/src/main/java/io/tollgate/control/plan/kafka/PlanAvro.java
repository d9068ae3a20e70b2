package io.tollgate.control.plan.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.control.outbox.kafka.TableRow;
import io.tollgate.definition.PlanDefinition;
import java.util.Optional;

/// Plans as Avro.
public final class PlanAvro implements DefinitionAvro<PlanDefinition> {
    @Override
    public Topic<PlanDefinition> topic() {
        return Topics.PLAN_DEFINITIONS;
    }

    @Override
    public Optional<PlanDefinition> toAvro(JsonNode json) {
        TableRow row = new TableRow(json);
        return Optional.of(PlanDefinition.newBuilder()
                .setOrganizationId(row.text("organization_id"))
                .setPlanId(row.text("id"))
                .setPlanName(row.text("plan_name"))
                .setStripePriceId(row.optionalText("stripe_price_id"))
                .build());
    }
}
