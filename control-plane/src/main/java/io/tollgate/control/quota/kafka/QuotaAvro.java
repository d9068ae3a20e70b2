package io.tollgate.control.quota.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.control.quota.LimitType;
import io.tollgate.control.quota.QuotaJson;
import io.tollgate.definition.QuotaDefinition;
import io.tollgate.definition.QuotaEnforcementMode;
import io.tollgate.definition.QuotaLimitType;
import io.tollgate.metering.quantity.Quantity;
import io.tollgate.metering.quota.EnforcementMode;

/// Quotas as Avro.
public final class QuotaAvro implements DefinitionAvro<QuotaDefinition> {
    @Override
    public Topic<QuotaDefinition> topic() {
        return Topics.QUOTA_DEFINITIONS;
    }

    @Override
    public QuotaDefinition toAvro(JsonNode payload) {
        QuotaJson.Published quota = QuotaJson.fromJson(payload);
        return QuotaDefinition.newBuilder()
                .setQuotaId(quota.id())
                .setOrganizationId(quota.organizationId())
                .setTenantId(quota.tenantId().orElse(null))
                .setMeter(quota.meter())
                .setVersion(quota.version())
                .setLimitValue(quota.limit().value())
                .setLimitType(type(quota.type()))
                .setWindowStart(quota.windowStart().orElse(null))
                .setWindowLength(quota.windowLength().orElse(null))
                .setEnforcementMode(mode(quota.mode()))
                .setSoftLimit(quota.softLimit().map(Quantity::value).orElse(null))
                .setOverageAllowed(quota.overageAllowed().value())
                .setGraceLengthHours(quota.graceHours().orElse(null))
                .setGraceEnd(quota.graceEnd().orElse(null))
                .setCreatedAt(quota.createdAt())
                .setUpdatedAt(quota.updatedAt())
                .build();
    }

    private static QuotaLimitType type(LimitType type) {
        return switch (type) {
            case DAILY -> QuotaLimitType.DAILY;
            case MONTHLY -> QuotaLimitType.MONTHLY;
            case YEARLY -> QuotaLimitType.YEARLY;
            case LIFETIME -> QuotaLimitType.LIFETIME;
            case ROLLING_30D -> QuotaLimitType.ROLLING_30D;
            case CUSTOM -> QuotaLimitType.CUSTOM;
        };
    }

    private static QuotaEnforcementMode mode(EnforcementMode mode) {
        return switch (mode) {
            case HARD -> QuotaEnforcementMode.HARD;
            case SOFT -> QuotaEnforcementMode.SOFT;
            case DISABLED -> QuotaEnforcementMode.DISABLED;
        };
    }
}
