package io.tollgate.control.quota.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tollgate.definition.QuotaDefinition;
import io.tollgate.definition.QuotaEnforcementMode;
import io.tollgate.definition.QuotaLimitType;
import java.math.BigDecimal;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class QuotaAvroTest {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
            .build();

    @Test
    void rowOfTheTableBecomesTheDefinition() throws JsonProcessingException {
        QuotaDefinition quota = new QuotaAvro().toAvro(JSON.readTree("""
                        {"id": "5cc6ba42-6c77-414d-8105-0151d99a29d1", "organization_id": "biz_acme",
                         "tenant_id": "t\\"1", "event_type": "ü/%", "version": 7,
                         "limit_value": 99999999999999.999999, "limit_type": "CUSTOM",
                         "window_start": "2026-11-01T00:00:00+00:00", "window_minutes": 90,
                         "enforcement_mode": "SOFT", "soft_limit_value": null, "soft_limit_percent": 33,
                         "overage_allowed": 0.000001, "grace_period_hours": 0,
                         "grace_period_end": "2026-11-22T01:02:03.000004+01:00",
                         "created_at": "2026-11-22T00:00:00+00:00", "updated_at": "2026-11-22T00:00:01+00:00"}
                        """)).orElseThrow();

        assertThat(quota.getTenantId()).isEqualTo("t\"1");
        assertThat(quota.getMeter()).isEqualTo("ü/%");
        assertThat(quota.getVersion()).isEqualTo(7);
        assertThat(quota.getLimitValue()).isEqualTo(new BigDecimal("99999999999999.999999"));
        assertThat(quota.getLimitType()).isEqualTo(QuotaLimitType.CUSTOM);
        assertThat(quota.getWindowStart()).isEqualTo(Instant.parse("2026-11-01T00:00:00Z"));
        assertThat(quota.getWindowLength()).isEqualTo("PT1H30M");
        assertThat(quota.getEnforcementMode()).isEqualTo(QuotaEnforcementMode.SOFT);
        assertThat(quota.getSoftLimit()).isEqualTo(new BigDecimal("32999999999999.999999"));
        assertThat(quota.getOverageAllowed()).isEqualTo(new BigDecimal("0.000001"));
        assertThat(quota.getGraceLengthHours()).isZero();
        assertThat(quota.getGraceEnd()).isEqualTo(Instant.parse("2026-11-22T00:02:03.000004Z"));
    }

    @Test
    void nullColumnsAreAbsent() throws JsonProcessingException {
        QuotaDefinition quota = new QuotaAvro().toAvro(JSON.readTree("""
                        {"id": "5cc6ba42-6c77-414d-8105-0151d99a29d1", "organization_id": "biz_acme",
                         "tenant_id": null, "event_type": "m", "version": 1,
                         "limit_value": 1, "limit_type": "MONTHLY", "window_start": null, "window_minutes": null,
                         "enforcement_mode": "HARD", "soft_limit_value": null, "soft_limit_percent": null,
                         "overage_allowed": 0.000000, "grace_period_hours": null, "grace_period_end": null,
                         "created_at": "2026-11-22T00:00:00+00:00", "updated_at": "2026-11-22T00:00:00+00:00"}
                        """)).orElseThrow();

        assertThat(quota.getTenantId()).isNull();
        assertThat(quota.getLimitValue()).isEqualTo(new BigDecimal("1.000000"));
        assertThat(quota.getWindowStart()).isNull();
        assertThat(quota.getWindowLength()).isNull();
        assertThat(quota.getSoftLimit()).isNull();
        assertThat(quota.getGraceLengthHours()).isNull();
        assertThat(quota.getGraceEnd()).isNull();
    }
}
