package io.tollgate.control.ratelimit.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.control.outbox.kafka.TableRow;
import io.tollgate.definition.RateLimitDefinition;
import java.util.Optional;

/// Rate limits as Avro.
public final class RateLimitAvro implements DefinitionAvro<RateLimitDefinition> {
    @Override
    public Topic<RateLimitDefinition> topic() {
        return Topics.RATE_LIMIT_DEFINITIONS;
    }

    @Override
    public Optional<RateLimitDefinition> toAvro(JsonNode json) {
        TableRow row = new TableRow(json);
        return Optional.of(RateLimitDefinition.newBuilder()
                .setRateLimitId(row.text("id"))
                .setOrganizationId(row.text("organization_id"))
                .setKeyId(row.optionalText("api_key_id"))
                .setPerSecond(row.optionalInt("requests_per_second"))
                .setPerMinute(row.optionalInt("requests_per_minute"))
                .setPerHour(row.optionalInt("requests_per_hour"))
                .setBurst(row.optionalInt("burst_limit"))
                .setAppliesTo(row.texts("applies_to"))
                .build());
    }
}
