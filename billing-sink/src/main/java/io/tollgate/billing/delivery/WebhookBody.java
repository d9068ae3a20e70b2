package io.tollgate.billing.delivery;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.tollgate.contract.OrganizationId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/// What is posted. The same for every attempt and every destination of a message.
public final class WebhookBody {
    private WebhookBody() {}

    /// @param data JSON
    public static byte[] of(
            String messageId, String type, Instant raisedAt, OrganizationId organizationId, String data) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("id", messageId)
                .put("type", type)
                .put("timestamp", raisedAt.toString())
                .put("organization_id", organizationId.value())
                .putRawValue("data", new RawValue(data));
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }
}
