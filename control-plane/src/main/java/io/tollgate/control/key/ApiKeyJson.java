package io.tollgate.control.key;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Instant;

/// What of a key goes through the outbox. Rows may wait across an upgrade: members are only ever added.
public final class ApiKeyJson {
    private ApiKeyJson() {}

    /// The part of a key that gateways must know.
    public record Published(String hash, String id, String organizationId, String name, Instant createdAt) {}

    public static String toJson(ApiKey key) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("key_hash", key.hash())
                .put("key_id", key.id())
                .put("organization_id", key.organizationId().value())
                .put("key_name", key.name().value())
                .put("created_at", key.createdAt().toString())
                .toString();
    }

    /// Reads what [#toJson] wrote.
    public static Published fromJson(JsonNode json) {
        return new Published(
                json.required("key_hash").textValue(),
                json.required("key_id").textValue(),
                json.required("organization_id").textValue(),
                json.required("key_name").textValue(),
                Instant.parse(json.required("created_at").textValue()));
    }
}
