package io.tollgate.metering.limit;

import static io.tollgate.metering.limit.LimitTables.limit;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Vector V6: whose limits a tenant's meter has.
class EffectiveLimitsTest {
    private static final Instant NOW = Instant.parse("2026-03-04T10:00:00Z");

    private static LimitTables catalog() {
        return new LimitTables()
                .plan("p-free", "starter", "", limit("api_calls", "100"))
                .plan("p-gold", "gold", "price_gold", limit("api_calls", "10000"), limit("exports", "50"))
                .defaults(limit("api_calls", "5000"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', useHeadersInDisplayName = true, nullValues = "-", textBlock = """
        case                              | plan  | price      | ends                 | override | own | limit | source   | denied
        on gold, ends in the future       | gold  | -          | 2026-03-04T10:00:01Z | -        | -   | 10000 | PLAN     | false
        on gold by id, no end             | p-gold| -          | -                    | -        | -   | 10000 | PLAN     | false
        on gold by price                  | -     | price_gold | -                    | -        | -   | 10000 | PLAN     | false
        on gold, ended yesterday          | gold  | -          | 2026-03-03T10:00:00Z | -        | -   | 100   | PLAN     | true
        on gold, ends at this instant     | gold  | -          | 2026-03-04T10:00:00Z | -        | -   | 100   | PLAN     | true
        on gold, override 110             | gold  | -          | -                    | 110      | -   | 110   | OVERRIDE | true
        on gold, override 500, ended      | gold  | -          | 2026-03-03T10:00:00Z | 500      | -   | 100   | PLAN     | true
        plan before the metric's own      | gold  | -          | -                    | -        | 119 | 10000 | PLAN     | false
        no plan, own limit 119            | -     | -          | -                    | -        | 119 | 119   | METRIC   | true
        no plan, own limit 0 is none      | -     | -          | -                    | -        | 0   | 5000  | DEFAULT  | false
        no plan                           | -     | -          | -                    | -        | -   | 5000  | DEFAULT  | false
        plan that is not there yet        | later | -          | -                    | -        | -   | 5000  | DEFAULT  | false
        plan not there, but a price       | later | price_gold | -                    | -        | -   | 10000 | PLAN     | false
        made already ended                | -     | -          | 2020-01-01T00:00:00Z | -        | -   | 100   | PLAN     | true
        """)
    void firstSourceWithALimitSuppliesAll(
            String label,
            String plan,
            String price,
            Instant ends,
            String override,
            String own,
            BigDecimal limit,
            LimitSource source,
            boolean denied) {
        LimitTables catalog = catalog();
        if (override != null) {
            catalog.tenant("t", limit("api_calls", override));
        }
        EffectivePlan effective = EffectivePlan.of(
                catalog, Optional.ofNullable(plan), Optional.ofNullable(price), Optional.ofNullable(ends), NOW);

        EffectiveLimits limits = EffectiveLimits.of(
                catalog, effective, "t", "api_calls", Optional.ofNullable(own).map(value -> limit("api_calls", value)));

        assertThat(limits.source()).as(label).hasValue(source);
        assertThat(limits.limits())
                .singleElement()
                .satisfies(found -> assertThat(found.value()).isEqualByComparingTo(limit));
        assertThat(LimitReport.worst(limits.limits().stream()
                                .map(found -> LimitStatus.of(found, new BigDecimal(120)))
                                .toList())
                        .orElseThrow()
                        .denied())
                .isEqualTo(denied);
    }

    @Test
    void overrideOfAnotherTenantOrMeterIsNotAsked() {
        LimitTables catalog = catalog().tenant("other", limit("api_calls", "1")).tenant("t", limit("exports", "1"));
        EffectivePlan gold = EffectivePlan.of(catalog, Optional.of("gold"), Optional.empty(), Optional.empty(), NOW);

        assertThat(EffectiveLimits.of(catalog, gold, "t", "api_calls", Optional.empty())
                        .source())
                .hasValue(LimitSource.PLAN);
        assertThat(EffectiveLimits.of(catalog, gold, "t", "exports", Optional.empty())
                        .source())
                .hasValue(LimitSource.OVERRIDE);
    }

    @Test
    void meterThatTheFreePlanDoesNotLimitFallsThrough() {
        LimitTables catalog = catalog();
        EffectivePlan ended =
                EffectivePlan.of(catalog, Optional.of("gold"), Optional.empty(), Optional.of(Instant.EPOCH), NOW);

        assertThat(EffectiveLimits.of(catalog, ended, "t", "exports", Optional.empty()))
                .isEqualTo(new EffectiveLimits(List.of(), Optional.empty()));
        assertThat(EffectiveLimits.of(catalog, ended, "t", "exports", Optional.of(limit("exports", "3")))
                        .source())
                .hasValue(LimitSource.METRIC);
    }

    @Test
    void allLimitsOfTheSourceApply() {
        LimitTables catalog = new LimitTables()
                .plan(
                        "p",
                        "p",
                        "price",
                        limit("m", "10", LimitPeriod.DAILY, LimitOperator.GTE, BreachAction.DENY),
                        limit("m", "100", LimitPeriod.MONTHLY, LimitOperator.GTE, BreachAction.DENY))
                .defaults(limit("m", "1"));
        EffectivePlan plan = EffectivePlan.of(catalog, Optional.of("p"), Optional.empty(), Optional.empty(), NOW);

        assertThat(EffectiveLimits.of(catalog, plan, "t", "m", Optional.empty()).limits())
                .hasSize(2);
    }

    /// The names count only where no plan is without a price, `free_plan` before `free`.
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
        nothing         | -
        free            | free
        free,free_plan  | free_plan
        none,free_plan  | none
        """)
    void freePlanIsTheOneWithoutPriceElseTheOneOfThatName(String plans, String found) {
        LimitTables catalog = new LimitTables().plan("gold", "gold", "price_gold", limit("m", "10"));
        for (String name : plans.split(",", -1)) {
            if (!name.equals("nothing")) {
                catalog.plan("id-" + name, name, name.equals("none") ? "" : "price_" + name);
            }
        }

        EffectivePlan plan = EffectivePlan.of(catalog, Optional.of("gold"), Optional.empty(), Optional.of(NOW), NOW);

        assertThat(plan.expired()).isTrue();
        assertThat(plan.freePlanMissing()).isEqualTo(found == null);
        assertThat(plan.plan().orElseThrow().name()).isEqualTo(found == null ? "gold" : found);
        assertThat(plan.source()).isEqualTo(found == null ? EffectivePlan.Source.PLAN_ID : EffectivePlan.Source.FREE);
    }

    @Test
    void withoutAFreePlanTheCurrentPlanStaysInForceAndTheOverrideDoesNot() {
        LimitTables catalog = new LimitTables()
                .plan("gold", "gold", "price_gold", limit("m", "10"))
                .tenant("t", limit("m", "500"));
        EffectivePlan plan = EffectivePlan.of(catalog, Optional.of("gold"), Optional.empty(), Optional.of(NOW), NOW);

        EffectiveLimits limits = EffectiveLimits.of(catalog, plan, "t", "m", Optional.empty());

        assertThat(limits).isEqualTo(new EffectiveLimits(List.of(limit("m", "10")), Optional.of(LimitSource.PLAN)));
    }

    @Test
    void tenantWithoutAnythingIsOnNoPlan() {
        LimitTables catalog = new LimitTables();

        EffectivePlan plan = EffectivePlan.of(catalog, Optional.empty(), Optional.empty(), Optional.empty(), NOW);
        EffectivePlan ended = EffectivePlan.of(catalog, Optional.empty(), Optional.empty(), Optional.of(NOW), NOW);

        assertThat(plan.plan()).isEmpty();
        assertThat(plan.source()).isEqualTo(EffectivePlan.Source.NONE);
        assertThat(plan.expired()).isFalse();
        assertThat(ended.freePlanMissing()).isTrue();
        assertThat(EffectiveLimits.of(catalog, ended, "t", "m", Optional.empty())
                        .source())
                .isEmpty();
    }
}
