package io.tollgate.control.key.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.key.ApiKeyJson;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.definition.ApiKeyDefinition;
import io.tollgate.definition.ApiKeyType;

/// Keys as Avro.
public final class ApiKeyAvro implements DefinitionAvro<ApiKeyDefinition> {
    @Override
    public Topic<ApiKeyDefinition> topic() {
        return Topics.KEY_DEFINITIONS;
    }

    @Override
    public ApiKeyDefinition toAvro(JsonNode payload) {
        ApiKeyJson.Published key = ApiKeyJson.fromJson(payload);
        return ApiKeyDefinition.newBuilder()
                .setKeyHash(key.hash())
                .setKeyId(key.id())
                .setKeyType(ApiKeyType.ORGANIZATION)
                .setOrganizationId(key.organizationId())
                .setKeyName(key.name())
                .setCreatedAt(key.createdAt())
                .build();
    }
}
