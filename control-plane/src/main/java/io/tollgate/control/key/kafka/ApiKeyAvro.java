package io.tollgate.control.key.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.control.outbox.kafka.TableRow;
import io.tollgate.definition.ApiKeyDefinition;
import io.tollgate.definition.ApiKeyType;
import java.util.Optional;

/// Keys as Avro.
public final class ApiKeyAvro implements DefinitionAvro<ApiKeyDefinition> {
    @Override
    public Topic<ApiKeyDefinition> topic() {
        return Topics.KEY_DEFINITIONS;
    }

    @Override
    public Optional<ApiKeyDefinition> toAvro(JsonNode json) {
        TableRow row = new TableRow(json);
        if (!row.isNull("revoked_at")) {
            return Optional.empty();
        }
        return Optional.of(ApiKeyDefinition.newBuilder()
                .setKeyHash(row.text("key_hash"))
                .setKeyId(row.text("id"))
                .setKeyType(type(row.text("kind")))
                .setOrganizationId(row.text("organization_id"))
                .setKeyName(row.text("key_name"))
                .setCreatedAt(row.instant("created_at"))
                .setTenantId(row.optionalText("tenant_id"))
                .setPermissions(row.texts("permissions"))
                .setExpiresAt(row.optionalInstant("expires_at"))
                .setAllowedCidrs(row.texts("allowed_cidrs"))
                .build());
    }

    private static ApiKeyType type(String kind) {
        return switch (kind) {
            case "organization" -> ApiKeyType.ORGANIZATION;
            case "tenant" -> ApiKeyType.TENANT;
            case "scoped" -> ApiKeyType.SCOPED;
            default -> ApiKeyType.UNKNOWN;
        };
    }
}
