package io.tollgate.control.quota.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import io.tollgate.contract.topic.Topic;
import io.tollgate.contract.topic.Topics;
import io.tollgate.control.outbox.kafka.DefinitionAvro;
import io.tollgate.control.outbox.kafka.TableRow;
import io.tollgate.control.quota.QuotaTerms;
import io.tollgate.control.quota.WindowLength;
import io.tollgate.definition.QuotaDefinition;
import io.tollgate.definition.QuotaEnforcementMode;
import io.tollgate.definition.QuotaLimitType;
import io.tollgate.metering.quantity.Quantity;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Quotas as Avro.
public final class QuotaAvro implements DefinitionAvro<QuotaDefinition> {
    @Override
    public Topic<QuotaDefinition> topic() {
        return Topics.QUOTA_DEFINITIONS;
    }

    @Override
    public Optional<QuotaDefinition> toAvro(JsonNode json) {
        TableRow row = new TableRow(json);
        BigDecimal limit = row.decimal("limit_value", Quantity.SCALE);
        Integer windowMinutes = row.optionalInt("window_minutes");
        return Optional.of(QuotaDefinition.newBuilder()
                .setQuotaId(row.text("id"))
                .setOrganizationId(row.text("organization_id"))
                .setTenantId(row.optionalText("tenant_id"))
                .setMeter(row.text("event_type"))
                .setVersion(Long.parseLong(row.text("version")))
                .setLimitValue(limit)
                .setLimitType(QuotaLimitType.valueOf(row.text("limit_type")))
                .setWindowStart(row.optionalInstant("window_start"))
                .setWindowLength(windowMinutes == null ? null : WindowLength.toText(Duration.ofMinutes(windowMinutes)))
                .setEnforcementMode(QuotaEnforcementMode.valueOf(row.text("enforcement_mode")))
                .setSoftLimit(softLimit(row, limit))
                .setOverageAllowed(row.decimal("overage_allowed", Quantity.SCALE))
                .setGraceLengthHours(row.optionalInt("grace_period_hours"))
                .setGraceEnd(row.optionalInstant("grace_period_end"))
                .setCreatedAt(row.instant("created_at"))
                .setUpdatedAt(row.instant("updated_at"))
                .build());
    }

    private static @Nullable BigDecimal softLimit(TableRow row, BigDecimal limit) {
        BigDecimal value = row.optionalDecimal("soft_limit_value", Quantity.SCALE);
        Integer percent = row.optionalInt("soft_limit_percent");
        return value != null || percent == null ? value : QuotaTerms.share(limit, percent);
    }
}
