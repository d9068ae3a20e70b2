package io.tollgate.billing.delivery.kafka;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.MeterRegistry;
import io.tollgate.billing.delivery.AlertNotice;
import io.tollgate.billing.delivery.Notices;
import io.tollgate.billing.delivery.ScaleCrossing;
import io.tollgate.billing.delivery.WebhookMessage;
import io.tollgate.billing.usage.kafka.SinkConfig;
import io.tollgate.billing.usage.kafka.UsageSink;
import io.tollgate.contract.OrganizationId;
import io.tollgate.contract.SubjectId;
import io.tollgate.contract.TenantId;
import io.tollgate.contract.topic.Topics;
import io.tollgate.contract.webhook.WebhookType;
import io.tollgate.contract.wire.SchemaRegistry;
import io.tollgate.event.QuotaAlert;
import io.tollgate.event.QuotaAlertKind;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Alerts of the log as messages for people who asked to be told, and as crossings for what scales with usage.
public final class AlertNotices {
    /// Alerts are rare, and each makes a few rows.
    private static final SinkConfig CONFIG = new SinkConfig(1, 500, Duration.ofSeconds(5));

    private static final String SCALE = "scale";

    private AlertNotices() {}

    /// The consumer of `quota-alerts`.
    public static UsageSink sink(
            Notices notices, String bootstrapServers, SchemaRegistry registry, MeterRegistry metrics) {
        return UsageSink.ofTopic(
                Topics.QUOTA_ALERTS,
                AlertNotices::fromAvro,
                notices::raise,
                notices,
                bootstrapServers,
                registry,
                CONFIG,
                metrics);
    }

    static AlertNotice fromAvro(QuotaAlert alert) {
        return new AlertNotice(messages(alert), crossing(alert));
    }

    private static Optional<ScaleCrossing> crossing(QuotaAlert alert) {
        if (alert.getKind() != QuotaAlertKind.LIMIT_BREACHED || !SCALE.equals(alert.getBreachAction())) {
            return Optional.empty();
        }
        return tenant(alert)
                .map(tenant -> new ScaleCrossing(
                        new OrganizationId(alert.getOrganizationId()),
                        tenant,
                        alert.getMeter(),
                        limitCause(alert),
                        alert.getOccurredAt()));
    }

    /// What an alert makes known; nothing for those that nobody is told of.
    private static List<WebhookMessage> messages(QuotaAlert alert) {
        return switch (alert.getKind()) {
            case SOFT -> List.of(ofQuota(WebhookType.QUOTA_SOFT_LIMIT, alert));
            // Full and over the limit are one thing to be told of: what comes second has the same cause, and is not
            // stored.
            case HARD, BREACH -> List.of(ofQuota(WebhookType.QUOTA_EXCEEDED, alert));
            case GRACE_STARTED -> List.of(ofQuota(WebhookType.QUOTA_GRACE_STARTED, alert));
            case LIMIT_BREACHED -> List.of(ofLimit(WebhookType.LIMIT_BREACHED, alert));
            case LIMIT_RECOVERED -> List.of(ofLimit(WebhookType.LIMIT_RECOVERED, alert));
            case RECOVERY, UNKNOWN -> List.of();
        };
    }

    private static WebhookMessage ofQuota(WebhookType type, QuotaAlert alert) {
        String cause = String.join(
                "|",
                alert.getQuotaId(),
                Long.toString(alert.getQuotaVersion()),
                alert.getWindowStart().toString(),
                alert.getMeter(),
                alert.getSubject());
        ObjectNode data = data(alert).put("quota_id", alert.getQuotaId()).put("limit", plain(alert.getLimitValue()));
        if (alert.getSoftLimit() != null) {
            data.put("soft_limit", plain(alert.getSoftLimit()));
        }
        return message(type, alert, cause, data);
    }

    // A window without end is left and entered again: each record of the log is a cause of its own.
    private static String limitCause(QuotaAlert alert) {
        return String.join(
                "|",
                alert.getQuotaId(),
                Integer.toString(alert.getSourcePartition()),
                Long.toString(alert.getSourceOffset()),
                alert.getWindowStart().toString(),
                alert.getMeter(),
                alert.getSubject());
    }

    private static WebhookMessage ofLimit(WebhookType type, QuotaAlert alert) {
        ObjectNode data = data(alert)
                .put("limit_id", alert.getQuotaId())
                .put("limit_value", plain(alert.getLimitValue()))
                .put("limit_operator", alert.getLimitOperator())
                .put("breach_action", alert.getBreachAction());
        return message(type, alert, limitCause(alert), data);
    }

    private static WebhookMessage message(WebhookType type, QuotaAlert alert, String cause, ObjectNode data) {
        List<String> urls = alert.getWebhookUrls();
        return new WebhookMessage(
                new OrganizationId(alert.getOrganizationId()),
                tenant(alert),
                type,
                cause,
                data.toString(),
                alert.getOccurredAt(),
                urls.subList(0, Math.min(urls.size(), WebhookMessage.URLS_MAX)));
    }

    private static ObjectNode data(QuotaAlert alert) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        tenant(alert).ifPresent(tenant -> data.put("tenant_id", tenant.value()));
        data.put("meter", alert.getMeter())
                .put("value", plain(alert.getValue()))
                .put("window_start", alert.getWindowStart().toString())
                .put(
                        "window_end",
                        alert.getWindowEnd() == null
                                ? null
                                : alert.getWindowEnd().toString());
        if (alert.getEventId() != null) {
            data.put("event_id", alert.getEventId());
        }
        return data;
    }

    private static Optional<TenantId> tenant(QuotaAlert alert) {
        return new SubjectId(alert.getSubject()).tenantId();
    }

    private static BigDecimal plain(BigDecimal value) {
        BigDecimal stripped = value.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }
}
