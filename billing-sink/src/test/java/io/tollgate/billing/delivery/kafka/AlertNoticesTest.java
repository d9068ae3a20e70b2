package io.tollgate.billing.delivery.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.billing.delivery.WebhookMessage;
import io.tollgate.contract.TenantId;
import io.tollgate.event.QuotaAlert;
import io.tollgate.event.QuotaAlertKind;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlertNoticesTest {
    private static final Instant AT = Instant.parse("2026-11-22T09:30:00Z");

    static QuotaAlert alert(QuotaAlertKind kind) {
        QuotaAlert alert = new QuotaAlert();
        alert.setKind(kind);
        alert.setQuotaId("q1");
        alert.setQuotaVersion(3);
        alert.setOrganizationId("biz_1");
        alert.setSubject("tenant:cust_7");
        alert.setMeter("api_request");
        alert.setLimitValue(new BigDecimal("1000.000000"));
        alert.setSoftLimit(new BigDecimal("800.500000"));
        alert.setValue(new BigDecimal("801.000000"));
        alert.setWindowStart(Instant.parse("2026-11-01T00:00:00Z"));
        alert.setWindowEnd(Instant.parse("2026-12-01T00:00:00Z"));
        alert.setEventId("evt_1");
        alert.setOccurredAt(AT);
        alert.setSourcePartition(2);
        alert.setSourceOffset(7);
        alert.setBreachAction(null);
        alert.setLimitOperator(null);
        alert.setWebhookUrls(List.of());
        return alert;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            alert           | message
            SOFT            | quota.soft_limit
            HARD            | quota.exceeded
            BREACH          | quota.exceeded
            GRACE_STARTED   | quota.grace_started
            LIMIT_BREACHED  | limit.breached
            LIMIT_RECOVERED | limit.recovered
            RECOVERY        |
            UNKNOWN         |
            """)
    void alertsAreToldByTheirKind(QuotaAlertKind kind, String type) {
        assertThat(messages(alert(kind)))
                .extracting(message -> message.type().word())
                .isEqualTo(type == null ? List.of() : List.of(type));
    }

    @Test
    void messageSaysWhatTheAlertSays() {
        WebhookMessage message = messages(alert(QuotaAlertKind.SOFT)).getFirst();

        assertThat(message.organizationId().value()).isEqualTo("biz_1");
        assertThat(message.tenantId()).contains(new TenantId("cust_7"));
        assertThat(message.raisedAt()).isEqualTo(AT);
        assertThat(message.data())
                .isEqualTo("{\"tenant_id\":\"cust_7\",\"meter\":\"api_request\",\"value\":801,"
                        + "\"window_start\":\"2026-11-01T00:00:00Z\",\"window_end\":\"2026-12-01T00:00:00Z\","
                        + "\"event_id\":\"evt_1\",\"quota_id\":\"q1\",\"limit\":1000,\"soft_limit\":800.5}");
    }

    @Test
    void fullAndOverTheLimitHaveOneCauseAndAnotherVersionHasAnother() {
        QuotaAlert later = alert(QuotaAlertKind.BREACH);
        later.setSourceOffset(8);
        QuotaAlert changed = alert(QuotaAlertKind.BREACH);
        changed.setQuotaVersion(4);

        String cause = messages(alert(QuotaAlertKind.HARD)).getFirst().cause();
        assertThat(messages(later).getFirst().cause()).isEqualTo(cause);
        assertThat(messages(changed).getFirst().cause()).isNotEqualTo(cause);
    }

    @Test
    void crossingOfAPlanLimitGoesToItsUrlsToo() {
        QuotaAlert alert = alert(QuotaAlertKind.LIMIT_BREACHED);
        alert.setLimitOperator("gte");
        alert.setBreachAction("webhook");
        alert.setWebhookUrls(List.of("https://a.example/", "https://b.example/"));
        QuotaAlert again = alert(QuotaAlertKind.LIMIT_BREACHED);
        again.setSourceOffset(8);

        WebhookMessage message = messages(alert).getFirst();
        assertThat(message.urls()).containsExactly("https://a.example/", "https://b.example/");
        assertThat(message.data())
                .contains("\"limit_id\":\"q1\",\"limit_value\":1000,\"limit_operator\":\"gte\","
                        + "\"breach_action\":\"webhook\"");
        assertThat(messages(again).getFirst().cause()).isNotEqualTo(message.cause());
    }

    private static List<WebhookMessage> messages(QuotaAlert alert) {
        return AlertNotices.fromAvro(alert).messages();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, textBlock = """
            alert           | action  | scales
            LIMIT_BREACHED  | scale   | true
            LIMIT_RECOVERED | scale   | false
            LIMIT_BREACHED  | deny    | false
            HARD            |         | false
            """)
    void onlyTheCrossingOfALimitThatScalesIsNoted(QuotaAlertKind kind, String action, boolean scales) {
        QuotaAlert alert = alert(kind);
        alert.setBreachAction(action);
        alert.setLimitOperator("gte");

        assertThat(AlertNotices.fromAvro(alert).crossing().isPresent()).isEqualTo(scales);
    }

    @Test
    void crossingAnewIsAnotherCrossingAndTheSameAlertIsNot() {
        QuotaAlert alert = alert(QuotaAlertKind.LIMIT_BREACHED);
        alert.setBreachAction("scale");
        QuotaAlert again = alert(QuotaAlertKind.LIMIT_BREACHED);
        again.setBreachAction("scale");
        assertThat(AlertNotices.fromAvro(again).crossing())
                .isEqualTo(AlertNotices.fromAvro(alert).crossing());

        again.setSourceOffset(8);
        assertThat(AlertNotices.fromAvro(again).crossing().orElseThrow().cause())
                .isNotEqualTo(
                        AlertNotices.fromAvro(alert).crossing().orElseThrow().cause());
    }
}
