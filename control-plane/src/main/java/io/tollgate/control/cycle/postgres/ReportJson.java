package io.tollgate.control.cycle.postgres;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.control.cycle.ReportTarget;
import io.tollgate.control.cycle.ReportWay;
import java.util.Optional;

/// What of a report is stored as JSON.
final class ReportJson {
    /// Longest name or id that is taken from a metric's settings; those in use are far shorter.
    private static final int TEXT_LENGTH_MAX = 255;

    private static final JsonMapper JSON = new JsonMapper();

    private ReportJson() {}

    /// @param integration `integrations.stripe` of the metric
    static ReportTarget target(String integration, boolean overage) {
        JsonNode stripe = read(integration);
        return new ReportTarget(
                text(stripe, "key_name"),
                text(stripe, "meter_event_name"),
                text(stripe, "price_id"),
                text(stripe, "overage_item_id"),
                text(stripe, "overage_product_id"),
                overage);
    }

    static String of(ReportWay way) {
        return (switch (way) {
                    case ReportWay.MeterEvent event ->
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("target", event.meterId())
                                .put("event_name", event.eventName())
                                .put("customer_member", event.customerMember())
                                .put("value_member", event.valueMember());
                    case ReportWay.UsageRecord usage ->
                        JsonNodeFactory.instance.objectNode().put("target", usage.item());
                })
                .toString();
    }

    static ReportWay way(String json) {
        JsonNode way = read(json);
        String target = way.path("target").asText();
        return way.has("event_name")
                ? new ReportWay.MeterEvent(
                        target,
                        way.path("event_name").asText(),
                        way.path("customer_member").asText(),
                        way.path("value_member").asText())
                : new ReportWay.UsageRecord(target);
    }

    private static Optional<String> text(JsonNode node, String member) {
        return Optional.ofNullable(node.path(member).textValue())
                .filter(text -> !text.isBlank() && text.length() <= TEXT_LENGTH_MAX);
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL keeps no JSON that is none", e);
        }
    }
}
