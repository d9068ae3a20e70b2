package io.tollgate.control.quota;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.quota.EnforcementMode;
import io.tollgate.metering.quota.QuotaPeriod;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/// What of a quota goes through the outbox. Rows may wait across an upgrade: members are only ever added, and one that
/// is absent has a default. Decimals are strings, so that no reader of JSON makes them binary.
public final class QuotaJson {
    private QuotaJson() {}

    /// The part of a quota that admission must know.
    ///
    /// @param windowStart with [LimitType#CUSTOM]
    /// @param windowLength with [LimitType#CUSTOM], as [WindowLength] writes it
    public record Published(
            String id,
            String organizationId,
            Optional<String> tenantId,
            String meter,
            long version,
            Quantity limit,
            LimitType type,
            Optional<Instant> windowStart,
            Optional<String> windowLength,
            EnforcementMode mode,
            Optional<Quantity> softLimit,
            Quantity overageAllowed,
            Optional<Integer> graceHours,
            Optional<Instant> graceEnd,
            Instant createdAt,
            Instant updatedAt) {}

    public static String toJson(StoredQuota quota) {
        QuotaTerms terms = quota.terms();
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("quota_id", quota.id())
                .put("organization_id", quota.target().organizationId().value())
                .put("meter", quota.target().meter().value())
                .put("version", quota.version())
                .put("limit", terms.limit().toString())
                .put("limit_type", LimitType.of(terms.period()).name())
                .put("enforcement_mode", terms.mode().name())
                .put("overage_allowed", terms.overageAllowed().toString())
                .put("created_at", quota.createdAt().toString())
                .put("updated_at", quota.updatedAt().toString());
        quota.target().tenantId().ifPresent(tenantId -> json.put("tenant_id", tenantId.value()));
        if (terms.period() instanceof QuotaPeriod.Custom custom) {
            json.put("window_start", custom.anchor().toString());
            json.put("window_length", WindowLength.toText(custom.length()));
        }
        terms.softLimit().ifPresent(soft -> json.put("soft_limit", soft.toString()));
        terms.gracePeriodHours().ifPresent(hours -> json.put("grace_hours", hours));
        terms.gracePeriodEnd().ifPresent(end -> json.put("grace_end", end.toString()));
        return json.toString();
    }

    /// Reads what [#toJson] wrote.
    public static Published fromJson(JsonNode json) {
        return new Published(
                json.required("quota_id").textValue(),
                json.required("organization_id").textValue(),
                text(json, "tenant_id", Function.identity()),
                json.required("meter").textValue(),
                json.required("version").longValue(),
                quantity(json.required("limit").textValue()),
                LimitType.valueOf(json.required("limit_type").textValue()),
                text(json, "window_start", Instant::parse),
                text(json, "window_length", Function.identity()),
                EnforcementMode.valueOf(json.required("enforcement_mode").textValue()),
                text(json, "soft_limit", QuotaJson::quantity),
                quantity(json.required("overage_allowed").textValue()),
                Optional.of(json.path("grace_hours")).filter(JsonNode::isInt).map(JsonNode::intValue),
                text(json, "grace_end", Instant::parse),
                Instant.parse(json.required("created_at").textValue()),
                Instant.parse(json.required("updated_at").textValue()));
    }

    private static Quantity quantity(String text) {
        return Quantity.rounded(new BigDecimal(text));
    }

    private static <T> Optional<T> text(JsonNode json, String member, Function<String, T> reader) {
        return Optional.ofNullable(json.path(member).textValue()).map(reader);
    }
}
