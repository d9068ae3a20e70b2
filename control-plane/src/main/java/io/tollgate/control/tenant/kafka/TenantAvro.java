package io.tollgate.control.tenant.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.control.outbox.kafka.TableRow;
import io.tollgate.definition.TenantDefinition;
import io.tollgate.definition.TenantStatus;
import java.util.Optional;

/// Tenants as Avro.
public final class TenantAvro implements DefinitionAvro<TenantDefinition> {
    @Override
    public Topic<TenantDefinition> topic() {
        return Topics.TENANT_DEFINITIONS;
    }

    @Override
    public Optional<TenantDefinition> toAvro(JsonNode json) {
        TableRow row = new TableRow(json);
        return Optional.of(TenantDefinition.newBuilder()
                .setOrganizationId(row.text("organization_id"))
                .setTenantId(row.text("tenant_id"))
                .setStatus(TenantStatus.valueOf(row.text("status")))
                .setPlanRef(row.optionalText("plan_ref"))
                .setStripePriceId(row.optionalText("stripe_price_id"))
                .setSubscriptionEndsAt(row.optionalInstant("subscription_ends_at"))
                .setMachineIds(row.texts("machine_ids"))
                .build());
    }
}
