package io.tollgate.control.organization;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Instant;

/// What of an organization goes through the outbox. Rows may wait across an upgrade: members are only ever added, and
/// one that is absent has a default.
public final class OrganizationJson {
    private OrganizationJson() {}

    /// The part of an organization that gateways must know.
    ///
    /// @param timeZone IANA zone
    public record Published(String id, String name, String timeZone, Instant createdAt) {}

    public static String toJson(Organization organization) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("organization_id", organization.id().value())
                .put("name", organization.name())
                .put("time_zone", organization.timeZone().getId())
                .put("created_at", organization.createdAt().toString())
                .toString();
    }

    /// Reads what [#toJson] wrote.
    public static Published fromJson(JsonNode json) {
        return new Published(
                json.required("organization_id").textValue(),
                json.required("name").textValue(),
                json.path("time_zone").asText("UTC"),
                Instant.parse(json.required("created_at").textValue()));
    }
}
