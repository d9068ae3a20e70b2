package io.tollgate.quota.definition;

import static org.assertj.core.api.Assertions.assertThat;

import io.tollgate.contract.OrganizationId;
import io.tollgate.definition.BreachAction;
import io.tollgate.definition.LimitOperator;
import io.tollgate.definition.LimitPeriod;
import io.tollgate.definition.MeterOperation;
import io.tollgate.definition.MetricDefinition;
import io.tollgate.definition.MetricType;
import io.tollgate.definition.PlanLimitDefinition;
import io.tollgate.metering.meter.Operation;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DefinedOperationsTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final OrganizationId ACME = new OrganizationId("biz_acme");

    private final Definitions definitions = new Definitions(InstantSource.fixed(NOW));

    @BeforeEach
    void define() {
        metric("biz_acme", "tenant:a", "cpu", MeterOperation.MAX);
        metric("biz_acme", "tenant:b", "cpu", MeterOperation.MAX);
        metric("biz_acme", "tenant:a", "mixed", MeterOperation.LAST);
        limit("biz_acme", "mixed", MeterOperation.SUM);
        limit("biz_acme", "disk", MeterOperation.AVG);
        metric("biz_other", "tenant:a", "calls", MeterOperation.COUNT);
        definitions.confirmed(definitions.now());
    }

    private void metric(String organization, String subject, String meter, MeterOperation operation) {
        definitions.applyMetric(
                organization + "/" + subject + "/" + meter,
                MetricDefinition.newBuilder()
                        .setOrganizationId(organization)
                        .setSubject(subject)
                        .setName(meter)
                        .setOperation(operation)
                        .setMetricType(MetricType.CHECKPOINT)
                        .setFlushSeconds(60)
                        .setBatchSeconds(60)
                        .setInitialValue(new BigDecimal("0.000000"))
                        .setOperator(LimitOperator.GTE)
                        .setAction(BreachAction.DENY)
                        .setPeriod(LimitPeriod.MONTHLY)
                        .setCreatedAt(NOW)
                        .build());
    }

    private void limit(String organization, String meter, MeterOperation operation) {
        definitions.applyLimit(
                "limit-" + meter,
                PlanLimitDefinition.newBuilder()
                        .setLimitId("limit-" + meter)
                        .setOrganizationId(organization)
                        .setMeter(meter)
                        .setLimitValue(new BigDecimal("1.000000"))
                        .setPeriod(LimitPeriod.MONTHLY)
                        .setOperator(LimitOperator.GTE)
                        .setAction(BreachAction.DENY)
                        .setMetricType(MetricType.RESET)
                        .setOperation(operation)
                        .setCreatedAt(NOW)
                        .build());
    }

    @Test
    void everythingThatDefinesAMeterSaysHowItIsCounted() {
        assertThat(definitions.operations(ACME, Set.of("cpu", "mixed", "disk", "calls", "unknown")))
                .isEqualTo(Map.of(
                        "cpu", Set.of(Operation.MAX),
                        "mixed", Set.of(Operation.LAST, Operation.SUM),
                        "disk", Set.of(Operation.AVG)));
        assertThat(definitions.operations(ACME, Set.of("disk"))).containsOnlyKeys("disk");
        assertThat(definitions.operations(new OrganizationId("biz_new"), Set.of("cpu")))
                .isEmpty();
    }

    @Test
    void whatIsTakenAwayNoLongerCounts() {
        definitions.applyMetric("biz_acme/tenant:a/mixed", null);
        definitions.applyLimit("limit-disk", null);

        assertThat(definitions.operations(ACME, Set.of("mixed", "disk")))
                .isEqualTo(Map.of("mixed", Set.of(Operation.SUM)));
    }
}
