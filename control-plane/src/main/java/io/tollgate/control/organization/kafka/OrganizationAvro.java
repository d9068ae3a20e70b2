package io.tollgate.control.organization.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.organization.OrganizationJson;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.definition.OrganizationDefinition;

/// Organizations as Avro.
public final class OrganizationAvro implements DefinitionAvro<OrganizationDefinition> {
    @Override
    public Topic<OrganizationDefinition> topic() {
        return Topics.ORGANIZATION_DEFINITIONS;
    }

    @Override
    public OrganizationDefinition toAvro(JsonNode payload) {
        OrganizationJson.Published organization = OrganizationJson.fromJson(payload);
        return OrganizationDefinition.newBuilder()
                .setOrganizationId(organization.id())
                .setName(organization.name())
                .setTimeZone(organization.timeZone())
                .setCreatedAt(organization.createdAt())
                .build();
    }
}
