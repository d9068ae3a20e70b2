package io.tollgate.control.credential.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.control.outbox.kafka.TableRow;
import io.tollgate.definition.CredentialDefinition;
import java.util.Optional;

/// Credentials as Avro, sealed as they are stored.
public final class CredentialAvro implements DefinitionAvro<CredentialDefinition> {
    @Override
    public Topic<CredentialDefinition> topic() {
        return Topics.CREDENTIAL_DEFINITIONS;
    }

    @Override
    public Optional<CredentialDefinition> toAvro(JsonNode json) {
        TableRow row = new TableRow(json);
        if (!row.isNull("deleted_at")) {
            return Optional.empty();
        }
        return Optional.of(CredentialDefinition.newBuilder()
                .setOrganizationId(row.text("organization_id"))
                .setKeyType(row.text("key_type"))
                .setKeyName(row.text("key_name"))
                .setCiphertext(row.bytes("ciphertext"))
                .build());
    }
}
