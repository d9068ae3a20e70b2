package io.tollgate.control.organization.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.control.outbox.kafka.TableRow;
import io.tollgate.definition.OrganizationDefinition;
import java.util.Optional;

/// Organizations as Avro.
public final class OrganizationAvro implements DefinitionAvro<OrganizationDefinition> {
    @Override
    public Topic<OrganizationDefinition> topic() {
        return Topics.ORGANIZATION_DEFINITIONS;
    }

    @Override
    public Optional<OrganizationDefinition> toAvro(JsonNode json) {
        TableRow row = new TableRow(json);
        if (!row.isNull("deleted_at")) {
            return Optional.empty();
        }
        return Optional.of(OrganizationDefinition.newBuilder()
                .setOrganizationId(row.text("id"))
                .setName(row.text("name"))
                .setTimeZone(row.text("time_zone"))
                .setCreatedAt(row.instant("created_at"))
                .setDeniesExpiredWithoutFreePlan("deny".equals(row.optionalText("expired_without_free_plan")))
                .build());
    }
}
