package io.tollgate.control.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tollgate.control.simulation.PastUsage.Counting;
import io.tollgate.control.simulation.PastUsage.Slice;
import io.tollgate.control.simulation.PastUsage.Used;
import io.tollgate.metering.meter.CounterState;
import io.tollgate.metering.meter.Operation;
import io.tollgate.metering.rating.PriceModel;
import io.tollgate.metering.rating.PriceScheme;
import io.tollgate.metering.rating.PriceTarget;
import io.tollgate.metering.rating.PriceVersion;
import io.tollgate.metering.rating.Tier;
import io.tollgate.metering.rating.Tiers;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WhatIfTest {
    private static final Currency EUR = Currency.getInstance("EUR");
    private static final PriceTarget ALL = new PriceTarget.Organization();
    private static final Payer ACME = payer("acme", "2020-01-01T00:00:00Z");

    private final Map<String, Operation> operations = new TreeMap<>();
    private final List<String> elsewhere = new ArrayList<>();
    private final Map<Instant, String> last = new TreeMap<>();

    private final WhatIf.Reader reader = new WhatIf.Reader() {
        @Override
        public Counting counting(String meter) {
            return new Counting(operations.getOrDefault(meter, Operation.SUM), elsewhere.contains(meter));
        }

        @Override
        public Optional<BigDecimal> last(String meter, Instant start, Instant end) {
            return Optional.ofNullable(last.get(start)).map(BigDecimal::new);
        }
    };

    private static Payer payer(String tenantId, String since) {
        return new Payer(tenantId, Optional.of("plan-1"), Instant.parse(since), Optional.empty());
    }

    private static PriceVersion price(String meter, PriceTarget target, PriceModel model, String from, String to) {
        return new PriceVersion(
                "price-" + meter + from,
                target,
                meter,
                model,
                EUR,
                Instant.parse(from),
                Optional.of(to).filter(text -> !text.isEmpty()).map(Instant::parse));
    }

    private static PriceVersion always(String meter, PriceTarget target, PriceModel model) {
        return price(meter, target, model, "2000-01-01T00:00:00Z", "");
    }

    private static PriceModel perUnit(String price) {
        return PriceModel.of(new PriceScheme.PerUnit(new BigDecimal(price)));
    }

    private static PriceModel flat(String fee) {
        return PriceModel.of(new PriceScheme.Flat()).withFlatFee(new BigDecimal(fee));
    }

    private static PriceModel graduated(String first, String second, String third) {
        return PriceModel.of(new PriceScheme.Graduated(new Tiers(List.of(
                new Tier(BigDecimal.ZERO, Optional.of(new BigDecimal(1_000)), new BigDecimal(first), BigDecimal.ZERO),
                new Tier(
                        new BigDecimal(1_000),
                        Optional.of(new BigDecimal(10_000)),
                        new BigDecimal(second),
                        BigDecimal.ZERO),
                new Tier(new BigDecimal(10_000), Optional.empty(), new BigDecimal(third), BigDecimal.ZERO)))));
    }

    private static Question question(String from, String to, PriceVersion... candidate) {
        return new Question(
                Instant.parse(from), Instant.parse(to), List.of(new Candidate("new", List.of(candidate))), List.of());
    }

    private static WhatIf whatIf(Question question, PriceVersion... inForce) {
        return new WhatIf(question, List.of(inForce), ZoneOffset.UTC, EUR);
    }

    private static CounterState counted(String... quantities) {
        CounterState state = CounterState.ZERO;
        for (String quantity : quantities) {
            state = state.plus(new BigDecimal(quantity).setScale(6), Instant.EPOCH, Instant.EPOCH, 0);
        }
        return state;
    }

    private static Used used(String meter, int slice, String... quantities) {
        return new Used("acme", meter, slice, counted(quantities));
    }

    private String priced(WhatIf whatIf, Payer payer, Used... used) {
        Totals totals = whatIf.price(payer, whatIf.slices(payer.tenantId()), List.of(used), reader);
        return totals.current().stripTrailingZeros().toPlainString() + " -> "
                + totals.candidates().getFirst().stripTrailingZeros().toPlainString();
    }

    /// The vector of domain.md 9: a change at the start of day 16 of a month of 31 days.
    @Test
    void unitsTakeThePriceOfTheirTimeAtTheirPosition() {
        WhatIf whatIf = whatIf(
                question("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", always("calls", ALL, perUnit("0.1"))),
                price("calls", ALL, graduated("0.10", "0.08", "0.05"), "2025-01-01T00:00:00Z", "2026-01-16T00:00:00Z"),
                price("calls", ALL, graduated("0.12", "0.07", "0.04"), "2026-01-16T00:00:00Z", ""));

        assertThat(whatIf.slices())
                .extracting(Slice::start)
                .containsExactly(Instant.parse("2026-01-01T00:00:00Z"), Instant.parse("2026-01-16T00:00:00Z"));
        assertThat(priced(whatIf, ACME, used("calls", 0, "600"), used("calls", 1, "900")))
                .isEqualTo("143 -> 150");
    }

    /// Months are those of the organization's zone, and what is cut off is a period of its own.
    @Test
    void tiersBeginAnewWithEachMonth() {
        Question question = question("2026-01-10T00:00:00Z", "2026-03-15T00:00:00Z", always("calls", ALL, flat("1")));
        WhatIf whatIf = new WhatIf(
                question, List.of(always("calls", ALL, graduated("1", "0.5", "0"))), ZoneId.of("Europe/Berlin"), EUR);

        assertThat(whatIf.slices())
                .extracting(slice -> slice.start() + " " + slice.period())
                .containsExactly("2026-01-10T00:00:00Z 0", "2026-01-31T23:00:00Z 1", "2026-02-28T23:00:00Z 2");
        assertThat(priced(whatIf, ACME, used("calls", 0, "1000"), used("calls", 1, "1200"), used("calls", 2, "10")))
                .isEqualTo("2110 -> 3");
    }

    @Test
    void aCandidateTakesThePlaceOfAllPricesOfItsMetersAndOfNoOthers() {
        WhatIf whatIf = whatIf(
                question("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", always("calls", ALL, perUnit("3"))),
                always("calls", ALL, perUnit("2")),
                always("calls", new PriceTarget.Tenant("acme"), perUnit("1")),
                always("bytes", new PriceTarget.Plan("plan-1"), perUnit("10")),
                always("bytes", new PriceTarget.Plan("plan-2"), perUnit("1000")));

        assertThat(whatIf.tenantsWithOwnPrices()).containsExactly("acme");
        assertThat(priced(whatIf, ACME, used("calls", 0, "5"), used("bytes", 0, "7")))
                .isEqualTo("75 -> 85");
    }

    @Test
    void aPriceOfOneTenantDividesTheTimeOfNobodyElse() {
        WhatIf whatIf = whatIf(
                question("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", always("calls", ALL, perUnit("1"))),
                always("calls", ALL, perUnit("2")),
                price("calls", new PriceTarget.Tenant("acme"), perUnit("5"), "2026-01-20T12:00:00Z", ""));

        assertThat(whatIf.slices()).hasSize(1);
        assertThat(whatIf.slices("acme")).hasSize(2);
        assertThat(priced(whatIf, ACME, used("calls", 0, "10"), used("calls", 1, "10")))
                .isEqualTo("70 -> 20");
    }

    /// Samples 2, 6 in the first half, 4 in the second, 4 of them all the last; the price doubles in the middle.
    @ParameterizedTest
    @CsvSource({"SUM,16 -> 12", "COUNT,4 -> 3", "MAX,12 -> 6", "MIN,4 -> 2", "AVG,8 -> 4", "LAST,18 -> 9"})
    void whatDoesNotAddUpTakesThePriceOfThePeriodsEnd(Operation operation, String expected) {
        operations.put("calls", operation);
        last.put(Instant.parse("2026-01-01T00:00:00Z"), "9");
        WhatIf whatIf = whatIf(
                question("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", always("calls", ALL, perUnit("1"))),
                price("calls", ALL, perUnit("1"), "2025-01-01T00:00:00Z", "2026-01-16T00:00:00Z"),
                price("calls", ALL, perUnit("2"), "2026-01-16T00:00:00Z", ""));

        assertThat(priced(whatIf, ACME, used("calls", 0, "2", "6"), used("calls", 1, "4")))
                .isEqualTo(expected);
    }

    /// Made in the middle of February, used something in January already: March and February cost the fee, and January,
    /// in which something was used, too; December does not.
    @Test
    void feesAreDueFromWhenATenantIsThereOrUsesSomething() {
        WhatIf whatIf = whatIf(
                question("2025-12-01T00:00:00Z", "2026-04-01T00:00:00Z", always("seats", ALL, perUnit("1"))),
                always("seats", ALL, flat("10")));

        assertThat(priced(whatIf, payer("acme", "2026-02-15T00:00:00Z"), used("seats", 1, "3")))
                .isEqualTo("30 -> 3");
        assertThat(priced(whatIf, payer("acme", "2026-02-15T00:00:00Z"))).isEqualTo("20 -> 0");
    }

    @Test
    void includedUnitsAndBoundsHoldForEachMonth() {
        PriceModel bounded = perUnit("1")
                .withIncludedUnits(new BigDecimal(10))
                .withChargeBetween(Optional.of(new BigDecimal(5)), Optional.of(new BigDecimal(20)));
        WhatIf whatIf = whatIf(
                question("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", always("calls", ALL, bounded)),
                always("calls", ALL, perUnit("1")));

        // 5 of 2 units, 15 of 25, 20 of 100.
        assertThat(priced(whatIf, ACME, used("calls", 0, "2"), used("calls", 1, "25"), used("calls", 2, "100")))
                .isEqualTo("127 -> 40");
    }

    /// 0.125 and 0.135 of two months are 0.13 and 0.14, not 0.26.
    @Test
    void eachLineIsRoundedOnce() {
        WhatIf whatIf = whatIf(
                question("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", always("calls", ALL, perUnit("0"))),
                always("calls", ALL, perUnit("0.001")));

        assertThat(priced(whatIf, ACME, used("calls", 0, "125"), used("calls", 1, "135")))
                .isEqualTo("0.27 -> 0");
    }

    @Test
    void whatStripeBillsCostsNothingHere() {
        elsewhere.add("calls");
        WhatIf whatIf = whatIf(
                question("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", always("calls", ALL, perUnit("3"))),
                always("calls", ALL, perUnit("2")));

        assertThat(priced(whatIf, ACME, used("calls", 0, "5"))).isEqualTo("0 -> 0");
    }

    @Test
    void pricesThatChangeTooOftenAreNotFollowed() {
        PriceVersion[] daily = new PriceVersion[WhatIf.SLICES_MAX + 1];
        Instant start = Instant.parse("2026-01-01T00:00:00Z");
        for (int i = 0; i < daily.length; i++) {
            daily[i] = price(
                    "calls",
                    ALL,
                    perUnit("1"),
                    start.plusSeconds(i).toString(),
                    start.plusSeconds(i + 1).toString());
        }
        WhatIf whatIf = whatIf(
                question("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", always("calls", ALL, perUnit("3"))), daily);

        assertThatThrownBy(whatIf::slices).isInstanceOf(WhatIf.TooManyChangesException.class);
    }
}
